// swift-tools-version: 6.2
import PackageDescription

// A map of the project: C libraries, small modules in dependency order, two programs, one test target a module.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The Makefile's debug builds optimise kernels: unoptimised loops over voxels run a hundred times slower. Never so for
/// a package that imports these modules, because flags like these are refused in a dependency.
let optimisesKernels = Context.environment["TRABECULA_OPTIMISED_KERNELS"] == "1"

let kernel: [SwiftSetting] =
  strict + (optimisesKernels ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : [])

let optimisedC: [CSetting] = optimisesKernels ? [.unsafeFlags(["-O2"], .when(configuration: .debug))] : []

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict
) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/Shared/\(name)", swiftSettings: settings)
}

func cLibrary(_ name: String, pkgConfig: String? = nil, debian package: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
    path: "Tests/\(name)Tests",
    exclude: exclude,
    swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
  name: "trabecula",
  products: [
    // Loaded by tests into a program whose clock is to be wrong.
    .library(name: "WrongClock", type: .dynamic, targets: ["CWrongClock"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
  ],
  targets: [
    cLibrary("CPostgres", pkgConfig: "libpq", debian: "libpq-dev"),
    cLibrary("CCrypto", pkgConfig: "libcrypto", debian: "libssl-dev"),
    cLibrary("CPNG", pkgConfig: "libpng", debian: "libpng-dev"),
    cLibrary("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev"),
    cLibrary("CDeflate", pkgConfig: "libdeflate", debian: "libdeflate-dev"),
    cLibrary("CNIfTI", debian: "libnifti2-dev"),
    cLibrary("COpenBLAS", debian: "libopenblas-dev"),

    // The science: values in, values out.
    module("Volumes", settings: kernel),
    module("Digests", ["CCrypto"], settings: kernel),
    module("Cancellation"),
    module("ElementaryFunctions", settings: kernel),
    module("LinearAlgebra", ["ElementaryFunctions"], settings: kernel),
    module("ImageFiles", ["Volumes", "CPNG", "CZlib", "CDeflate", "CNIfTI"], settings: kernel),
    module("ImageFilters", ["Volumes", "ElementaryFunctions"], settings: kernel),
    module("Radiomics", ["Volumes", "ElementaryFunctions"], settings: kernel),
    .target(name: "CNeuralKernels", path: "Sources/Shared/CNeuralKernels", cSettings: optimisedC),
    module("NeuralNet", ["Volumes", "LinearAlgebra", "CNeuralKernels"], settings: kernel),
    .target(name: "CDescentKernels", path: "Sources/Shared/CDescentKernels", cSettings: optimisedC),
    module("Statistics", ["LinearAlgebra", "ElementaryFunctions", "CDescentKernels"], settings: kernel),
    module(
      "CohortSynthesis", ["Volumes", "ImageFiles", "LinearAlgebra", "ElementaryFunctions"], settings: kernel),

    // The queue: knows no medicine.
    module("Postgres", ["CPostgres"], settings: kernel),
    module("PrivateServer", ["Postgres", subprocess]),
    module("TaskQueue", ["Postgres"]),
    module("WorkerCore", ["TaskQueue"]),

    // The study: what is asked, how it is stored, how one task of it is done, how it is told.
    module("DelimitedText"),
    module(
      "StudyPlan", ["DelimitedText", "Digests", "ImageFilters", "Radiomics", "NeuralNet", "Statistics", yams]),
    module("Modelling", ["Cancellation", "Statistics", "StudyPlan"]),
    module(
      "Reporting",
      [
        "DelimitedText", "Digests", "ImageFilters", "Modelling", "Statistics", "StudyPlan", mustache,
        subprocess,
      ]),
    module(
      "StudyTasks",
      [
        "Cancellation", "StudyPlan", "Digests", "ImageFiles", "ImageFilters", "Radiomics", "NeuralNet",
        "Volumes",
      ]),
    module("BatchExtraction", ["DelimitedText", "Digests", "StudyPlan", "StudyTasks"]),
    module("StudyStore", ["Digests", "Postgres", "TaskQueue", "StudyPlan"]),
    .target(
      name: "DatabaseSchema", dependencies: ["Postgres"], path: "Sources/Shared/DatabaseSchema",
      resources: [.embedInCode("schema.sql")], swiftSettings: strict),

    // The programs.
    module("CommandSupport", ["Postgres", argumentParser]),
    .executableTarget(
      name: "coordinator",
      dependencies: [
        "CommandSupport", "DatabaseSchema", "PrivateServer", "TaskQueue", "StudyPlan", "StudyStore",
        "StudyTasks",
        "Reporting", "CohortSynthesis", "DelimitedText", "Postgres", argumentParser, lifecycle, logging,
        signals,
        subprocess, system,
      ],
      path: "Sources/Coordinator", swiftSettings: strict),
    .executableTarget(
      name: "worker",
      dependencies: [
        "BatchExtraction", "Cancellation", "CommandSupport", "TaskQueue", "StudyPlan", "StudyStore",
        "StudyTasks",
        "Modelling", "NeuralNet", "Postgres", "Reporting", "WorkerCore", argumentParser, lifecycle, logging,
        signals,
      ],
      path: "Sources/Worker", swiftSettings: strict),

    .target(
      name: "PoolerSupport", dependencies: ["PrivateServer", subprocess, system], path: "Tests/PoolerSupport",
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["PoolerSupport", "Postgres", "PrivateServer", subprocess, system],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "Volumes"),
    tests(of: "Digests"),
    tests(of: "ElementaryFunctions", exclude: ["Fixtures"]),
    tests(of: "LinearAlgebra", ["COpenBLAS"]),
    tests(of: "ImageFiles", ["Volumes", "CZlib"]),
    tests(of: "ImageFilters", ["Volumes", "ElementaryFunctions"], exclude: ["Fixtures"]),
    tests(of: "Radiomics", ["ImageFiles", "Volumes"], exclude: ["Fixtures"]),
    tests(
      of: "StudyTasks",
      [
        "StudyPlan", "DelimitedText", "Digests", "ImageFiles", "ImageFilters", "NeuralNet", "Volumes",
      ]),
    tests(of: "NeuralNet", ["Volumes", "ImageFiles", "COpenBLAS"], exclude: ["Fixtures"]),
    tests(of: "Statistics", ["LinearAlgebra", "CDescentKernels", "statistics-benchmark"]),
    tests(of: "CohortSynthesis", ["ImageFiles", "Volumes"]),
    tests(of: "Postgres"),
    tests(of: "PrivateServer", ["Postgres"]),
    tests(of: "TaskQueue", ["DatabaseSchema", "PoolerSupport", "Postgres"]),
    tests(of: "WorkerCore", ["CommandSupport", "TaskQueue"]),
    tests(of: "DelimitedText"),
    tests(of: "StudyPlan", ["ImageFilters", "NeuralNet", "Radiomics", "Statistics"]),
    tests(of: "Modelling", ["Reporting", "Statistics", "StudyPlan"]),
    tests(
      of: "Reporting", ["DelimitedText", "Modelling", "Statistics", "StudyPlan"], exclude: ["Fixtures"]),
    tests(of: "BatchExtraction", ["DelimitedText", "ImageFiles", "StudyPlan", "StudyTasks", "Volumes"]),
    tests(of: "StudyStore", ["DatabaseSchema", "Postgres", "TaskQueue", "StudyPlan"]),
    .target(name: "CWrongClock", path: "Tests/CWrongClock"),
    .target(
      name: "FaultSupport",
      dependencies: [
        "CohortSynthesis", "CommandSupport", "ImageFiles", "Postgres", "PrivateServer", "TaskQueue",
        "Volumes",
      ],
      path: "Tests/FaultSupport", swiftSettings: kernel),
    .testTarget(
      name: "FaultTests",
      dependencies: [
        "FaultSupport", "coordinator", "worker", "Cancellation", "CommandSupport", "DatabaseSchema",
        "Postgres",
        "StudyTasks",
        "TaskQueue", "TestSupport",
      ],
      path: "Tests/FaultTests", swiftSettings: strict),
    .executableTarget(
      name: "soak", dependencies: ["FaultSupport", argumentParser], path: "Tests/Soak", swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "coordinator", "worker", "DelimitedText", "Postgres", "Modelling", "PrivateServer", "Reporting",
        "CohortSynthesis",
        "ImageFiles", "NeuralNet", "PoolerSupport", "Volumes", "TestSupport", subprocess, system,
      ],
      path: "Tests/EndToEndTests", swiftSettings: strict),

    // Benchmarks that need the modules; run by Benchmarks/run.
    .executableTarget(
      name: "queue-rate",
      dependencies: [
        "DatabaseSchema", "Postgres", "PrivateServer", "TaskQueue", argumentParser, subprocess, system,
      ],
      path: "Benchmarks/queue/QueueRate", swiftSettings: strict),
    .executableTarget(
      name: "worker-fleet",
      dependencies: [
        "DatabaseSchema", "PoolerSupport", "Postgres", "PrivateServer", "TaskQueue", "WorkerCore",
        argumentParser,
      ],
      path: "Benchmarks/queue/WorkerFleet", swiftSettings: strict),
    .executableTarget(
      name: "texture-benchmark",
      dependencies: ["ImageFiles", "ImageFilters", "Radiomics", "StudyPlan", "Volumes"],
      path: "Benchmarks/extraction/TextureBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "neural-benchmark", dependencies: ["NeuralNet", "ImageFiles", "Volumes"],
      path: "Benchmarks/neural/NeuralBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "statistics-benchmark",
      dependencies: ["Statistics", "LinearAlgebra", "ElementaryFunctions", "DelimitedText", argumentParser],
      path: "Benchmarks/statistics/StatisticsBenchmark", swiftSettings: kernel),
  ]
)
