"""How good a model is: ranking, calibration, and the interval of every figure."""
