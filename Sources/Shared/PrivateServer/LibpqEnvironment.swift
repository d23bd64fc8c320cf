import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// What libpq takes from the environment.
package enum LibpqEnvironment {
  /// Removes it from this process, and so from the children that it starts later. For a program whose database is a private
  /// server: `PGSERVICE`, `PGHOSTADDR`, `PGOPTIONS` and the like would lead its connections elsewhere, or change them. Call it
  /// before other threads read the environment.
  package static func forget() {
    for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("PG") { unsafe unsetenv(name) }
  }
}
