extension RawRepresentable where RawValue == String {
  /// What a name means that the database answered.
  /// - Throws: `.schema` for a name that this program does not know, as one of a newer database.
  package init(answered name: String) throws(PostgresError) {
    guard let known = Self(rawValue: name) else {
      throw PostgresError(
        .schema,
        "The database answered '\(name)', which is no \(Self.self) of this program; update the program.")
    }
    self = known
  }
}
