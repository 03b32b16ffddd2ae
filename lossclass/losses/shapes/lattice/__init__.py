"""One lattice, many losses: nodes in columns, arcs with weights, and what is carried along them.

What walks there are, says a lattice; what they carry is worked out cell by cell, a step each, by a
semiring (:mod:`~lossclass.losses.shapes.lattice.cells`): sums of products for a probability, the largest
for the best path, the smallest for a distance. How cells are written, and the figure of them, is in
:mod:`~lossclass.losses.shapes.lattice.paper`, and the mistakes that are made in any table are in
:mod:`~lossclass.losses.shapes.lattice.slips`.
"""
