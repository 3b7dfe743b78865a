"""`agro …`: every command. Exit codes: 0 done, 1 failed, 2 bad input with one line per problem.

Commands import what they need when they run, so that `agro --help` answers at once.
"""

import os
import sys
from collections.abc import Sequence

import typer

from agro.cli import (
    alert,
    archive,
    backfill,
    backup,
    books,
    broker_files,
    chain,
    control_post,
    crop_plan,
    device_calibration,
    device_history,
    device_quarantine,
    device_register,
    devices,
    energy,
    feed,
    flag,
    forecast,
    imports,
    indicators,
    keys,
    logbook,
    morning,
    report,
    run,
    skill,
    train,
    trial,
    trial_book,
    trial_design,
    trial_judge,
    trial_plan,
    trial_power,
    trial_share,
    trial_stored,
    users,
    water,
)
from agro.cli.output import tell
from agro.errors import AgroError, BadInput

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="agro",
    help="Sensors in the city's gardens, and what each bed needs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    water,
    devices,
    morning,
    run,
    broker_files,
    backfill,
    archive,
    backup,
    flag,
    skill,
    train,
    forecast,
    indicators,
    keys,
):
    module.register(app)
app.add_typer(imports.app, name="import")
app.add_typer(feed.app, name="feed")
app.add_typer(logbook.app, name="logbook")
app.add_typer(books.app, name="book")
app.add_typer(chain.app, name="chain")
app.add_typer(crop_plan.app, name="plan")
app.add_typer(trial.app, name="trial")
app.add_typer(report.app, name="report")
app.add_typer(control_post.app, name="city")
app.add_typer(energy.app, name="energy")
app.add_typer(users.app, name="user")
app.add_typer(alert.app, name="alert")
app.add_typer(keys.app, name="key")
for module in (
    *(trial_design, trial_power, trial_share),
    *(trial_stored, trial_plan, trial_book, trial_judge),
):
    module.register(trial.app)
for module in (device_quarantine, device_history, device_calibration):
    module.register(device_register.registry)
app.add_typer(device_register.registry, name="device")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command of these arguments (else of the command line) and exit with its code."""
    sys.exit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def run_command(arguments: list[str]) -> int:
    """Run one command; what goes wrong becomes lines on standard error and an exit code."""
    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="agro", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        return _usage(error)
    except BadInput as error:
        tell(error.lines)
        return BAD_INPUT
    except AgroError as error:
        tell(str(error))
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        tell("stopped")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the answer has seen enough; nothing may be flushed into the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code if isinstance(code, int) else DONE


def _usage(error: typer.TyperException) -> int:
    """A wrong command line, in one line."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "agro"
    if type(error).__name__ == "NoArgsIsHelpError":  # its help has been shown
        return BAD_INPUT
    told = " ".join(error.format_message().split()).rstrip(".")
    tell(f"{where}: {told}; see {where} --help")
    return BAD_INPUT
