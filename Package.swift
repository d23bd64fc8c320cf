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

let optimisedCxx: [CXXSetting] =
  optimisesKernels ? [.unsafeFlags(["-O2"], .when(configuration: .debug))] : []

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
  resources: [Resource] = [],
  settings: [SwiftSetting] = strict
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Shared/\(name)", exclude: exclude,
    resources: resources,
    swiftSettings: settings)
}

func cLibrary(_ name: String, pkgConfig: String? = nil, debian package: String) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
  resources: [Resource] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
    path: "Tests/\(name)Tests",
    exclude: exclude,
    resources: resources,
    swiftSettings: strict)
}

func library(_ name: String) -> Product { .library(name: name, targets: [name]) }

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let sockets = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// `make docs` needs a plugin that those who import these libraries do not.
let documentation: [Package.Dependency] =
  Context.environment["TRABECULA_DOCUMENTATION"] == "1"
  ? [.package(url: "https://github.com/swiftlang/swift-docc-plugin", exact: "1.5.0")] : []

/// `make fuzz` builds a program that libFuzzer drives, whose library has the `main`; only there are the flags given.
let fuzzing: [Target] =
  Context.environment["TRABECULA_FUZZING"] == "1"
  ? [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "BatchExtraction", "CZlib", "CohortScan", "DICOMFiles", "DelimitedText", "Extraction", "FileSources",
        "HospitalFiles", "ImageFiles", "ImageFilters", "LinearAlgebra", "Modelling", "NeuralNet",
        "Radiomics", "RegionPictures", "Reporting", "Statistics", "StatusServer", "StudyPlan", "Verification",
        "Volumes",
      ],
      path: "Tests/Fuzzing", exclude: ["build", "counts", "replay", "run"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-use-ld=lld", "-Xlinker", "--allow-multiple-definition"])])
  ] : []

let package = Package(
  name: "trabecula",
  products: [
    // The science, for other packages.
    library("Volumes"),
    library("ImageFiles"),
    library("DICOMFiles"),
    library("ImageFilters"),
    library("Radiomics"),
    library("NeuralNet"),
    // With the arithmetic that its interface shows.
    .library(name: "Statistics", targets: ["Statistics", "LinearAlgebra", "ElementaryFunctions"]),
    // The queue, for programs of any field: tasks on PostgreSQL, and workers that run them.
    .library(name: "TaskQueue", targets: ["TaskQueue", "Postgres", "SchemaMigration"]),
    .library(name: "WorkerCore", targets: ["WorkerCore"]),
    // Loaded by tests into a program whose clock is to be wrong.
    .library(name: "WrongClock", type: .dynamic, targets: ["CWrongClock"]),
    // Loaded by tests into a program whose files are to be on a mount that hangs.
    .library(name: "HangingMount", type: .dynamic, targets: ["CHangingMount"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
  ] + documentation,
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
    module("FileSources", ["Cancellation", "Digests", subprocess]),
    module("ExtendedPrecision", settings: kernel),
    module("ElementaryFunctions", ["ExtendedPrecision"], settings: kernel),
    module("LinearAlgebra", ["ElementaryFunctions"], settings: kernel),
    module("ImageFiles", ["Volumes", "Digests", "CPNG", "CZlib", "CDeflate", "CNIfTI"], settings: kernel),
    .target(
      name: "CGDCM", path: "Sources/Shared/CGDCM", cxxSettings: optimisedCxx,
      linkerSettings: ["gdcmMSFF", "gdcmDSED", "gdcmDICT", "gdcmCommon", "stdc++"].map { .linkedLibrary($0) }),
    module(
      "DICOMFiles", ["CGDCM", "CZlib", "Digests", "ElementaryFunctions", "ImageFiles", "Volumes"],
      settings: kernel),
    module("RegionPictures", ["Digests", "ImageFiles", "Volumes"], settings: kernel),
    .target(name: "CFilterKernels", path: "Sources/Shared/CFilterKernels", cSettings: optimisedC),
    module("ImageFilters", ["CFilterKernels", "Volumes", "ElementaryFunctions"], settings: kernel),
    module("Radiomics", ["Volumes", "ElementaryFunctions"], settings: kernel),
    module(
      "Habitats", ["DelimitedText", "ElementaryFunctions", "ImageFiles", "LinearAlgebra", "Volumes"],
      settings: kernel),
    .target(name: "CNeuralKernels", path: "Sources/Shared/CNeuralKernels", cSettings: optimisedC),
    module("NeuralNet", ["Volumes", "LinearAlgebra", "CNeuralKernels"], settings: kernel),
    .target(name: "CDescentKernels", path: "Sources/Shared/CDescentKernels", cSettings: optimisedC),
    // libsvm and XGBoost, loaded while the program runs: no package is needed to build.
    .target(name: "CLearners", path: "Sources/Shared/CLearners", cSettings: optimisedC),
    module(
      "Statistics", ["LinearAlgebra", "ElementaryFunctions", "CDescentKernels", "CLearners"], settings: kernel
    ),
    module(
      "CohortSynthesis", ["Volumes", "ImageFiles", "LinearAlgebra", "ElementaryFunctions"], settings: kernel),

    // The queue: knows no medicine.
    // Debug builds are for the machine that makes them.
    .target(
      name: "COldLibraries", path: "Sources/Shared/COldLibraries",
      cSettings: [.define("RUNS_WITH_OLD_LIBRARIES", .when(configuration: .release))],
      linkerSettings: [
        .linkedLibrary("m", .when(configuration: .release)),
        .linkedLibrary("stdc++", .when(configuration: .release)),
      ]),
    .target(name: "CProgramArguments", path: "Sources/Shared/CProgramArguments"),
    module("Postgres", ["CPostgres", "CProgramArguments"], settings: kernel),
    .target(name: "CSchemaMigrationFiles", path: "Sources/Shared/CSchemaMigrationFiles"),
    module("SchemaMigration", ["CSchemaMigrationFiles", "Digests", "Postgres"], exclude: ["SQL"]),
    module("PrivateServer", ["Postgres", subprocess]),
    module("MetricFamilies"),
    .target(name: "CTaskQueueFiles", path: "Sources/Shared/CTaskQueueFiles"),
    module(
      "TaskQueue", ["CTaskQueueFiles", "MetricFamilies", "Postgres", "SchemaMigration"], exclude: ["SQL"]),
    module("WorkerCore", ["TaskQueue", "MetricFamilies", "Postgres", "Cancellation", lifecycle, logging]),

    // The study: what is asked, how it is stored, how one task of it is done, how it is told.
    module("DelimitedText"),
    module("CohortScan", ["DICOMFiles", "DelimitedText", "ImageFiles"]),
    module(
      "StudyPlan", ["DelimitedText", "Digests", "ImageFilters", "Radiomics", "NeuralNet", "Statistics", yams]),
    module(
      "Modelling",
      ["Cancellation", "DelimitedText", "Digests", "ImageFilters", "NeuralNet", "Statistics", "StudyPlan"]),
    module(
      "Reporting",
      [
        "DelimitedText", "Digests", "ElementaryFunctions", "ImageFilters", "Modelling", "NeuralNet",
        "RegionPictures", "Statistics", "StudyPlan", mustache, subprocess, system,
      ]),
    module(
      "Extraction",
      [
        "Cancellation", "DICOMFiles", "Digests", "FileSources", "ImageFiles", "ImageFilters",
        "LinearAlgebra", "NeuralNet", "Radiomics", "RegionPictures", "StudyPlan", "Volumes",
      ]),
    module(
      "BatchExtraction",
      [
        "Cancellation", "DelimitedText", "Digests", "Extraction", "FileSources", "ImageFiles", "ImageFilters",
        "NeuralNet", "RegionPictures", "StudyPlan",
      ]),
    .target(name: "CVerificationFiles", path: "Sources/Shared/CVerificationFiles"),
    module(
      "Verification",
      [
        "BatchExtraction", "CVerificationFiles", "Cancellation", "DelimitedText", "Digests", "Extraction",
        "ImageFiles", "NeuralNet", "Reporting", "StudyPlan", "Volumes", mustache,
      ],
      exclude: ["Data"]),
    module(
      "StudyStore", ["Digests", "ImageFilters", "Postgres", "TaskQueue", "StudyPlan"], exclude: ["SQL"]),
    module(
      "StudyTasks",
      [
        "Cancellation", "Digests", "Extraction", "FileSources", "ImageFiles", "ImageFilters", "Modelling",
        "NeuralNet",
        "Postgres", "RegionPictures", "Reporting", "Statistics",
        "StudyPlan", "StudyStore", "TaskQueue", "WorkerCore",
      ],
      exclude: ["SQL"]),
    .target(name: "CDatabaseSchema", path: "Sources/Shared/CDatabaseSchema"),
    module(
      "StudyExports",
      [
        "Digests", "Modelling", "Postgres", "RegionPictures", "Reporting", "StudyPlan", "StudyStore",
        "StudyTasks",
      ]),
    module(
      "DatabaseSchema", ["CDatabaseSchema", "Postgres", "SchemaMigration", "TaskQueue"],
      exclude: ["record-digests"]),

    // The programs.
    module("StatusServer", [lifecycle, logging, sockets]),
    module(
      "QueuePage",
      [
        "DelimitedText", "Digests", "Modelling", "Postgres", "Reporting", "StatusServer", "StudyExports",
        "StudyPlan", "StudyStore", "TaskQueue", lifecycle, logging, mustache,
      ]),
    module(
      "CommandSupport",
      [
        "FileSources", "MetricFamilies", "Postgres", "StatusServer", argumentParser, lifecycle, logging,
        signals,
      ]),
    .executableTarget(
      name: "coordinator",
      dependencies: [
        "COldLibraries", "Cancellation", "CohortScan", "CommandSupport", "DICOMFiles", "DatabaseSchema",
        "Digests", "Extraction", "FileSources", "ImageFiles", "MetricFamilies", "PrivateServer", "QueuePage",
        "SchemaMigration", "StatusServer",
        "TaskQueue",
        "Statistics", "StudyExports", "StudyPlan", "StudyStore", "StudyTasks", "WorkerCore", "Modelling",
        "Reporting",
        "CohortSynthesis",
        "DelimitedText", "Postgres", argumentParser, lifecycle, logging, signals,
        subprocess, system,
      ],
      path: "Sources/Coordinator", swiftSettings: strict),
    .executableTarget(
      name: "worker",
      dependencies: [
        "BatchExtraction", "COldLibraries", "CommandSupport", "DICOMFiles", "Digests", "Extraction",
        "FileSources", "Habitats",
        "ImageFiles", "ImageFilters", "MetricFamilies", "NeuralNet", "Postgres", "RegionPictures",
        "Reporting",
        "StatusServer", "StudyPlan", "StudyTasks", "Verification",
        "WorkerCore", argumentParser, logging,
      ],
      path: "Sources/Worker", swiftSettings: strict),

    .target(
      name: "PoolerSupport", dependencies: ["PrivateServer", subprocess, system], path: "Tests/PoolerSupport",
      swiftSettings: strict),
    .target(
      name: "TestSupport",
      dependencies: ["PoolerSupport", "Postgres", "PrivateServer", "SchemaMigration", subprocess, system],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "Volumes"),
    tests(of: "Digests"),
    tests(of: "ElementaryFunctions", exclude: ["Fixtures"]),
    tests(of: "LinearAlgebra", ["COpenBLAS"]),
    tests(of: "ImageFiles", ["Volumes", "CZlib"]),
    tests(of: "DICOMFiles", ["CZlib", "ImageFiles", "Volumes"]),
    tests(of: "RegionPictures", ["ImageFiles", "Volumes"]),
    tests(of: "ImageFilters", ["CFilterKernels", "Volumes", "ElementaryFunctions"], exclude: ["Fixtures"]),
    tests(of: "Habitats", ["ImageFiles", "Volumes"]),
    tests(of: "Radiomics", ["ImageFiles", "Volumes"], exclude: ["Fixtures"]),
    tests(of: "Cancellation"),
    tests(of: "FileSources", ["Cancellation", subprocess]),
    tests(
      of: "Extraction",
      [
        "Cancellation", "DelimitedText", "Digests", "ImageFiles", "ImageFilters", "NeuralNet", "StudyPlan",
        "Volumes",
      ]),
    tests(of: "NeuralNet", ["Volumes", "ImageFiles", "COpenBLAS"], exclude: ["Fixtures"]),
    tests(of: "Statistics", ["LinearAlgebra", "CDescentKernels", "statistics-benchmark"]),
    tests(of: "CohortSynthesis", ["ImageFiles", "Volumes"]),
    tests(of: "Postgres", ["SchemaMigration"]),
    tests(of: "SchemaMigration", ["Postgres"]),
    tests(of: "DatabaseSchema", ["Postgres", "SchemaMigration", "TaskQueue", subprocess, system]),
    tests(of: "PrivateServer", ["Postgres"]),
    tests(of: "MetricFamilies"),
    tests(of: "StatusServer", [lifecycle, logging, sockets]),
    tests(of: "QueuePage", ["StatusServer", logging]),
    tests(
      of: "TaskQueue", ["DatabaseSchema", "MetricFamilies", "PoolerSupport", "Postgres", "SchemaMigration"]),
    tests(
      of: "WorkerCore", ["Cancellation", "DatabaseSchema", "Postgres", "TaskQueue", logging],
      resources: [.embedInCode("letter_count.sql")]),
    tests(of: "DelimitedText"),
    .target(
      name: "HospitalFiles", dependencies: ["ImageFiles", "Volumes"], path: "Tests/HospitalFiles",
      swiftSettings: strict),
    tests(of: "CohortScan", ["HospitalFiles"]),
    tests(of: "StudyPlan", ["Digests", "ImageFilters", "NeuralNet", "Radiomics", "Statistics"]),
    tests(of: "Modelling", ["DelimitedText", "LinearAlgebra", "Reporting", "Statistics", "StudyPlan"]),
    tests(
      of: "Reporting", ["DelimitedText", "Modelling", "RegionPictures", "Statistics", "StudyPlan"],
      exclude: ["Fixtures"]),
    tests(
      of: "BatchExtraction",
      ["DelimitedText", "Digests", "ImageFiles", "RegionPictures", "StudyPlan", "Volumes"]),
    tests(
      of: "Verification",
      ["DelimitedText", "ImageFilters", "Radiomics", "Reporting", "StudyPlan", "Volumes"]),
    tests(
      of: "StudyStore",
      [
        "DatabaseSchema", "FileSources", "ImageFilters", "Modelling", "Postgres", "SchemaMigration",
        "StudyPlan",
        "StudyTasks",
        "TaskQueue", "WorkerCore",
      ]),
    .target(name: "CWrongClock", path: "Tests/CWrongClock"),
    .target(name: "CHangingMount", path: "Tests/CHangingMount"),
    .target(
      name: "FaultSupport",
      dependencies: [
        "Cancellation", "CohortSynthesis", "ImageFiles", "Postgres", "PrivateServer", "TaskQueue", "Volumes",
        "WorkerCore",
      ],
      path: "Tests/FaultSupport", swiftSettings: kernel),
    .testTarget(
      name: "FaultTests",
      dependencies: [
        "FaultSupport", "coordinator", "worker", "DatabaseSchema", "Postgres", "SchemaMigration", "TaskQueue",
        "TestSupport", "WorkerCore",
      ],
      path: "Tests/FaultTests", swiftSettings: strict),
    .executableTarget(
      name: "mask-voxels", dependencies: ["DICOMFiles", "ImageFiles", "Volumes"],
      path: "Tests/DICOM/MaskVoxels", swiftSettings: strict),
    .executableTarget(
      name: "soak", dependencies: ["FaultSupport", argumentParser], path: "Tests/Soak", swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "coordinator", "worker", "CommandSupport", "DatabaseSchema", "DelimitedText", "Modelling", "Postgres",
        "PrivateServer", "Reporting", "Statistics", "StudyExports",
        "CohortSynthesis", "HospitalFiles", "ImageFiles", "NeuralNet", "PoolerSupport", "SchemaMigration",
        "Volumes", "TestSupport", logging, sockets, subprocess, system,
      ],
      path: "Tests/EndToEndTests", swiftSettings: strict),

    // Benchmarks that need the modules; run by Benchmarks/run.
    .executableTarget(
      name: "queue-rate",
      dependencies: [
        "DatabaseSchema", "Postgres", "PrivateServer", "SchemaMigration", "StudyPlan", "StudyStore",
        "StudyTasks",
        "TaskQueue", argumentParser, subprocess, system,
      ],
      path: "Benchmarks/queue/QueueRate", swiftSettings: strict),
    .executableTarget(
      name: "worker-fleet",
      dependencies: [
        "DatabaseSchema", "PoolerSupport", "Postgres", "PrivateServer", "SchemaMigration", "TaskQueue",
        "WorkerCore",
        argumentParser,
      ],
      path: "Benchmarks/queue/WorkerFleet", swiftSettings: strict),
    .executableTarget(
      name: "arena-worker",
      dependencies: ["Postgres", "TaskQueue", "WorkerCore", argumentParser, lifecycle, logging],
      path: "Benchmarks/queue/ArenaWorker", swiftSettings: strict),
    .executableTarget(
      name: "cohort-worker",
      dependencies: [
        "ElementaryFunctions", "LinearAlgebra", "Postgres", "TaskQueue", "WorkerCore", argumentParser,
        lifecycle, logging, signals,
      ],
      path: "Benchmarks/queue/CohortWorker", swiftSettings: strict),
    .executableTarget(
      name: "texture-benchmark",
      dependencies: ["ImageFiles", "ImageFilters", "Radiomics", "StudyPlan", "Volumes"],
      path: "Benchmarks/extraction/TextureBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "series-benchmark", dependencies: ["DICOMFiles", "Digests", "ImageFiles", "Volumes"],
      path: "Benchmarks/extraction/SeriesBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "bias-field-benchmark", dependencies: ["ImageFiles", "ImageFilters", "Volumes"],
      path: "Benchmarks/extraction/BiasFieldBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "neural-benchmark", dependencies: ["NeuralNet", "ImageFiles", "Volumes"],
      path: "Benchmarks/neural/NeuralBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "statistics-benchmark",
      dependencies: ["Statistics", "LinearAlgebra", "ElementaryFunctions", "DelimitedText", argumentParser],
      path: "Benchmarks/statistics/StatisticsBenchmark", swiftSettings: kernel),
  ] + fuzzing
)
