"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsShape

__all__ = ["RadiomicsShape"]
