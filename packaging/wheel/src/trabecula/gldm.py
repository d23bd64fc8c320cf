"""PyRadiomics' module of the same name."""

from ._feature_classes import RadiomicsGLDM

__all__ = ["RadiomicsGLDM"]
