import Postgres
import Testing

@Suite struct `A password among the arguments` {
  @Test(arguments: [
    ("host=h password=geheim dbname=d", "host=h password=xxxxxx dbname=d"),
    ("password='ge heim' host=h", "password=xxxxxxxx' host=h"),
    (#"password='ge\'heim' host=h"#, "password=xxxxxxxxx' host=h"), ("password=", "password="),
    ("postgresql://u:geheim@h:5432/d", "postgresql://u:xxxxxx@h:5432/d"),
    ("postgresql://u:ge@heim@h/d", "postgresql://u:xxxxxxx@h/d"),
    ("postgresql://u@h:5432/d", "postgresql://u@h:5432/d"),
    (
      "postgresql://h/d?user=u&password=geheim&sslpassword=auch",
      "postgresql://h/d?user=u&password=xxxxxx&sslpassword=xxxx"
    ),
    ("host=h password = geheim dbname=d", "host=h password = xxxxxx dbname=d"),
    ("password\t=\n'ge heim'", "password\t=\nxxxxxxxx'"),
    ("sslpassword =geheim", "sslpassword =xxxxxx"),
    ("--database=password = geheim", "--database=password = xxxxxx"),
    ("host=h password=a://b@c dbname=d", "host=h password=xxxxxxx dbname=d"),
    ("password =", "password ="), ("=", "="), ("password", "password"),
    ("postgresql://h/d?pass%77ord=geheim&user=u", "postgresql://h/d?pass%77ord=xxxxxx&user=u"),
    (
      "--database=postgres://h/d?user=u&%73slpasswor%64=ge%20heim",
      "--database=postgres://h/d?user=u&%73slpasswor%64=xxxxxxxxx"
    ),
    ("postgresql://h/d?pass%7=geheim", "postgresql://h/d?pass%7=geheim"),
    ("--root", "--root"), ("", ""),
  ])
  func `is found where libpq reads it`(argument: String, shown: String) {
    var bytes = Array(argument.utf8)
    for place in HiddenPasswords.places(in: bytes).joined() { bytes[place] = UInt8(ascii: "x") }
    #expect(String(decoding: bytes, as: UTF8.self) == shown)
  }
}
