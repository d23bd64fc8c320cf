/// Object identifier of a PostgreSQL type (`pg_type.oid`). Those below are fixed in every PostgreSQL.
public struct PostgresType: Hashable, Sendable, CustomStringConvertible {
  /// Object identifier in `pg_type`; those of built-in types never change.
  public let oid: UInt32

  /// A type by its object identifier.
  public init(oid: UInt32) { self.oid = oid }

  /// `bool`, OID 16.
  public static let bool = PostgresType(oid: 16)
  /// `bytea`, OID 17.
  public static let bytea = PostgresType(oid: 17)
  /// `char`, OID 18.
  public static let char = PostgresType(oid: 18)
  /// `name`, OID 19.
  public static let name = PostgresType(oid: 19)
  /// `int8`, OID 20.
  public static let int8 = PostgresType(oid: 20)
  /// `int2`, OID 21.
  public static let int2 = PostgresType(oid: 21)
  /// `int4`, OID 23.
  public static let int4 = PostgresType(oid: 23)
  /// `text`, OID 25.
  public static let text = PostgresType(oid: 25)
  /// `json`, OID 114.
  public static let json = PostgresType(oid: 114)
  /// `float4`, OID 700.
  public static let float4 = PostgresType(oid: 700)
  /// `float8`, OID 701.
  public static let float8 = PostgresType(oid: 701)
  /// `unknown`, OID 705: a literal whose type the server has not chosen.
  public static let unknown = PostgresType(oid: 705)
  /// `bpchar`, OID 1042.
  public static let bpchar = PostgresType(oid: 1042)
  /// `varchar`, OID 1043.
  public static let varchar = PostgresType(oid: 1043)
  /// `timestamptz`, OID 1184.
  public static let timestamptz = PostgresType(oid: 1184)
  /// `numeric`, OID 1700.
  public static let numeric = PostgresType(oid: 1700)
  /// `uuid`, OID 2950.
  public static let uuid = PostgresType(oid: 2950)
  /// `jsonb`, OID 3802.
  public static let jsonb = PostgresType(oid: 3802)

  /// An array of `bool`, OID 1000.
  public static let boolArray = PostgresType(oid: 1000)
  /// An array of `bytea`, OID 1001.
  public static let byteaArray = PostgresType(oid: 1001)
  /// An array of `int2`, OID 1005.
  public static let int2Array = PostgresType(oid: 1005)
  /// An array of `int4`, OID 1007.
  public static let int4Array = PostgresType(oid: 1007)
  /// An array of `text`, OID 1009.
  public static let textArray = PostgresType(oid: 1009)
  /// An array of `int8`, OID 1016.
  public static let int8Array = PostgresType(oid: 1016)
  /// An array of `float4`, OID 1021.
  public static let float4Array = PostgresType(oid: 1021)
  /// An array of `float8`, OID 1022.
  public static let float8Array = PostgresType(oid: 1022)
  /// An array of `timestamptz`, OID 1185.
  public static let timestamptzArray = PostgresType(oid: 1185)
  /// An array of `uuid`, OID 2951.
  public static let uuidArray = PostgresType(oid: 2951)
  /// An array of `jsonb`, OID 3807.
  public static let jsonbArray = PostgresType(oid: 3807)
  /// An array of `json`, OID 199.
  public static let jsonArray = PostgresType(oid: 199)
  /// An array of `name`, OID 1003.
  public static let nameArray = PostgresType(oid: 1003)
  /// An array of `varchar`, OID 1015.
  public static let varcharArray = PostgresType(oid: 1015)
  /// An array of `numeric`, OID 1231.
  public static let numericArray = PostgresType(oid: 1231)

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

  /// The name, or the number where it has none here.
  public var description: String { PostgresType.names[self] ?? "type \(oid)" }
}
