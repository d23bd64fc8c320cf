/// Object identifier of a PostgreSQL type (`pg_type.oid`). Those below are fixed in every PostgreSQL.
package struct PostgresType: Hashable, Sendable, CustomStringConvertible {
  package let oid: UInt32

  package init(oid: UInt32) { self.oid = oid }

  package static let bool = PostgresType(oid: 16)
  package static let bytea = PostgresType(oid: 17)
  package static let char = PostgresType(oid: 18)
  package static let name = PostgresType(oid: 19)
  package static let int8 = PostgresType(oid: 20)
  package static let int2 = PostgresType(oid: 21)
  package static let int4 = PostgresType(oid: 23)
  package static let text = PostgresType(oid: 25)
  package static let json = PostgresType(oid: 114)
  package static let float4 = PostgresType(oid: 700)
  package static let float8 = PostgresType(oid: 701)
  package static let unknown = PostgresType(oid: 705)
  package static let bpchar = PostgresType(oid: 1042)
  package static let varchar = PostgresType(oid: 1043)
  package static let timestamptz = PostgresType(oid: 1184)
  package static let numeric = PostgresType(oid: 1700)
  package static let uuid = PostgresType(oid: 2950)
  package static let jsonb = PostgresType(oid: 3802)

  package static let boolArray = PostgresType(oid: 1000)
  package static let byteaArray = PostgresType(oid: 1001)
  package static let int2Array = PostgresType(oid: 1005)
  package static let int4Array = PostgresType(oid: 1007)
  package static let textArray = PostgresType(oid: 1009)
  package static let int8Array = PostgresType(oid: 1016)
  package static let float4Array = PostgresType(oid: 1021)
  package static let float8Array = PostgresType(oid: 1022)
  package static let timestamptzArray = PostgresType(oid: 1185)
  package static let uuidArray = PostgresType(oid: 2951)
  package static let jsonbArray = PostgresType(oid: 3807)
  package static let jsonArray = PostgresType(oid: 199)
  package static let nameArray = PostgresType(oid: 1003)
  package static let varcharArray = PostgresType(oid: 1015)
  package static let numericArray = PostgresType(oid: 1231)

  /// Types made by users (enums, citext) have object identifiers from here on.
  var isUserDefined: Bool { oid >= 16384 }

  private static let names: [PostgresType: String] = [
    .bool: "bool", .bytea: "bytea", .char: "\"char\"", .name: "name", .int8: "int8", .int2: "int2",
    .int4: "int4", .text: "text", .json: "json", .float4: "float4", .float8: "float8", .unknown: "unknown",
    .bpchar: "bpchar", .varchar: "varchar", .timestamptz: "timestamptz", .numeric: "numeric", .uuid: "uuid",
    .jsonb: "jsonb", .boolArray: "bool[]", .byteaArray: "bytea[]", .int2Array: "int2[]",
    .int4Array: "int4[]", .textArray: "text[]", .int8Array: "int8[]", .float4Array: "float4[]",
    .float8Array: "float8[]", .timestamptzArray: "timestamptz[]", .uuidArray: "uuid[]",
    .jsonbArray: "jsonb[]", .jsonArray: "json[]", .nameArray: "name[]", .varcharArray: "varchar[]",
    .numericArray: "numeric[]",
  ]

  /// Whether values are arrays, as far as it can be known: users' types are taken at their word.
  var mayBeArray: Bool { isUserDefined || PostgresType.names[self]?.hasSuffix("[]") == true }

  package var description: String { PostgresType.names[self] ?? "type \(oid)" }
}
