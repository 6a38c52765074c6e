"""The demonstration: made-up borrowers, what happens to them month by month, and a clock that can be put forward.

Pure but for the clock: a seed and a day give the same people and the same months anywhere. docs/demonstration.md tells
what they are like. `services.demonstrating` lets them in, by the doors that real lenders and borrowers use.
"""
