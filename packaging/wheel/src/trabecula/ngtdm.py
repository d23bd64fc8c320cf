"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsNGTDM

__all__ = ["RadiomicsNGTDM"]
