// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "features",
  dependencies: [.package(name: "trabecula", path: "../..")],
  targets: [
    .executableTarget(
      name: "features",
      dependencies: ["Volumes", "ImageFiles", "ImageFilters", "Radiomics"].map {
        .product(name: $0, package: "trabecula")
      },
      path: "Sources")
  ]
)
