from agro.dashboard.app import run

run()
