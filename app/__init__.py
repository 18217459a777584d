"""The command line and the assembly of a seat. Nobody imports it.

Numeric libraries take their thread count when they are loaded: one each, because the model pool decides how
many run at once. Nothing is fetched while the seat runs.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
# Pipecat logs through loguru, whose own sink would print frames: it never comes up.
os.environ.setdefault("LOGURU_AUTOINIT", "False")
