import ArgumentParser
import BatchExtraction

extension FeatureFormat: ExpressibleByArgument {}
