/// `1 feature`, `2 features`: a number and what is counted.
/// - Parameter many: the plural, where it is not `one` with an s.
package func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
