"""The model equation of a recurrent network: its keys, its forward pass as steps, and both passes
in NumPy.

Symbols are those of Goodfellow, Bengio, Courville, *Deep Learning* (2016), section 10.2:
a = b + W h + U x, h = tanh(a), o = c + V h, ŷ = softmax(o). The gated cells are those of PyTorch's
``nn.GRU`` and ``nn.LSTM``.
"""
