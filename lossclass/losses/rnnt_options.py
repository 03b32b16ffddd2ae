"""What can be asked of a transducer beyond the loss."""

from __future__ import annotations

from lossclass.losses.shapes.lattice.options import on_request

BACKWARD = on_request("backward", "Transducer: also work out the backward variables β.")
EXTRAS = (BACKWARD,)
