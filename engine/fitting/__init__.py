"""Fitting: from a loan book to a model. It needs numpy and scikit-learn; a fitted model needs neither."""
