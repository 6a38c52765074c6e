"""Fitting: from a loan book to a model. Everything here may use numpy and scikit-learn; a fitted model needs neither."""
