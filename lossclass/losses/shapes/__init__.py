"""What losses have in common, by the shape of what they are worked from.

``pairs`` are worked number by number, from what is true and what was predicted (``errors`` from their
difference alone); ``classes`` from distributions; a ``lattice`` is walked from one time to the next. A
loss stands on a shape, and adds its formula, its own keys, slips and words.
"""
