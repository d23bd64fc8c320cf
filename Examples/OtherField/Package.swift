// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "other-field",
  dependencies: [
    .package(name: "trabecula", path: "../.."),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    .executableTarget(
      name: "word-counts",
      dependencies: [
        .product(name: "TaskQueue", package: "trabecula"),
        .product(name: "WorkerCore", package: "trabecula"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources",
      resources: [.embedInCode("word_count.sql")])
  ])
