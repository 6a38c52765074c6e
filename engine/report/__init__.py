"""What a model is and how good it is, for people: the model card, the page with plots, and the scorecard on paper.

`markdown` and `paper` need neither numpy nor matplotlib; `page` needs both, and the statistics of `engine.judge`
and `engine.monitor`.
"""
