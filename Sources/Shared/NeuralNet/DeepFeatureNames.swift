/// What the name of every deep feature begins with, and of no hand-crafted one.
public let deepFeaturePrefix = "deep_"
