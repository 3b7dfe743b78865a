"""The short food chain: from a harvest to who eats it, and back to the seed.

Fresh stock and its faults, what nobody accounted for, deliveries out of the oldest lots,
traceability, the city's figures, surplus.
"""

from agro.chain.delivering import assign, deliver, objections, propose, revise, trim
from agro.chain.figures import Figures, Share, figures
from agro.chain.stock import Fault, Stock, faults, faults_of, stock, stock_of
from agro.chain.surplus import Surplus, surplus
from agro.chain.trace import Back, Forward, Origin, trace_back, trace_forward
from agro.chain.write_off import WAYS, write_off

__all__ = [
    "WAYS",
    "Back",
    "Fault",
    "Figures",
    "Forward",
    "Origin",
    "Share",
    "Stock",
    "Surplus",
    "assign",
    "deliver",
    "faults",
    "faults_of",
    "figures",
    "objections",
    "propose",
    "revise",
    "stock",
    "stock_of",
    "surplus",
    "trace_back",
    "trace_forward",
    "trim",
    "write_off",
]
