"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsShape2D

__all__ = ["RadiomicsShape2D"]
