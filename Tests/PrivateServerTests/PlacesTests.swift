import Foundation
import Glibc
import PrivateServer
import Testing

@Suite struct `Where a private server lives` {
  @Test(.enabled(if: geteuid() == 0, "only root hands its server to another account"))
  func `is elsewhere when root's folder is closed to the account, with a link to it`() async throws {
    try await withFolder(named: "closed") { closed in
      try FileManager.default.createDirectory(
        at: closed, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let elsewhere = closed.deletingLastPathComponent().appendingPathComponent("elsewhere")
      let study = closed.appendingPathComponent("study")
      let place = try await ClusterPlace.prepare(in: study, elsewhere: elsewhere)
      #expect(place.folder.deletingLastPathComponent().path == elsewhere.path)
      let link = try FileManager.default.destinationOfSymbolicLink(
        atPath: study.appendingPathComponent("postgres").path)
      #expect(link == place.folder.path)
      #expect(
        try await ClusterPlace.prepare(in: study, elsewhere: elsewhere).folder.path == place.folder.path)
      let other = try await ClusterPlace.prepare(
        in: closed.appendingPathComponent("other"), elsewhere: elsewhere)
      #expect(other.folder.path != place.folder.path)
    }
  }

  @Test func `is in the data folder otherwise`() async throws {
    try await withFolder { folder in
      let place = try await ClusterPlace.prepare(in: folder)
      #expect(place.folder.path == folder.appendingPathComponent("postgres").path)
    }
  }

  @Test func `cannot be below a file`() async throws {
    try await withFolder { folder in
      try Data().write(to: folder)
      let error = await #expect(throws: PrivateServerError.self) {
        try await ClusterPlace.prepare(in: folder)
      }
      #expect(error?.code == .folder)
    }
  }
}

@Suite struct `In a data folder that others can write` {
  private static let isRoot = geteuid() == 0

  private func refusal(of folder: URL) async -> String? {
    do {
      _ = try await ClusterPlace.prepare(in: folder)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func `no server is made`() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
      #expect(await refusal(of: folder)?.contains("others may write") == true)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
      #expect(await refusal(of: folder) == nil)
    }
  }

  @Test func `above it, they must not be able to move it`() async throws {
    try await withFolder { parent in
      let folder = parent.appendingPathComponent("data")
      try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: parent.path)
      #expect(await refusal(of: folder)?.contains("exchange") == true)
      try #require(unsafe chmod(parent.path, 0o1777) == 0)
      #expect(await refusal(of: folder) == nil)
    }
  }

  @Test(.enabled(if: isRoot, "only root can give a folder away"))
  func `or that belongs to somebody else, no server is made`() async throws {
    try await withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try #require(unsafe chown(folder.path, 65534, 65534) == 0)
      #expect(await refusal(of: folder)?.contains("belongs to user 65534") == true)
    }
  }

  @Test(.enabled(if: isRoot, "only root can make a link that belongs to another"))
  func `once, a link that was planted is not followed`() async throws {
    try await withFolder { folder in
      let target = folder.appendingPathComponent("target")
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      let link = folder.appendingPathComponent("postgres")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
      try #require(unsafe lchown(link.path, 65534, 65534) == 0)
      #expect(await refusal(of: folder)?.contains("somebody else made") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == [])
    }
  }

  @Test func `once, links in place of configuration and log lead nowhere`() async throws {
    try await withFolder { folder in
      let place = try await ClusterPlace.prepare(in: folder)
      let victim = folder.appendingPathComponent("victim")
      try Data("precious".utf8).write(to: victim)
      for name in ["postgresql.conf", "log"] {
        let target = name == "log" ? folder.appendingPathComponent("not-there") : victim
        try FileManager.default.createSymbolicLink(
          at: place.folder.appendingPathComponent(name), withDestinationURL: target)
      }
      let error = await #expect(throws: PrivateServerError.self) {
        try await PrivatePostgres.start(in: folder)
      }
      #expect(error?.code == .folder)
      #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("not-there").path))
    }
  }
}

@Suite struct `PostgreSQL's programs` {
  private let nowhere = URL(fileURLWithPath: "/nowhere/at/all")

  @Test func `are found`() throws {
    let found = try PostgresBinaries.find()
    #expect(FileManager.default.isExecutableFile(atPath: found.folder.appendingPathComponent("initdb").path))
  }

  @Test func `are taken from TRABECULA_PG_BIN alone where it is set`() throws {
    let found = try PostgresBinaries.find()
    let named = try PostgresBinaries.find(
      environment: ["TRABECULA_PG_BIN": found.folder.path], debian: nowhere)
    #expect(named.folder.path == found.folder.path)
    let error = #expect(throws: PrivateServerError.self) {
      try PostgresBinaries.find(environment: ["TRABECULA_PG_BIN": "/nowhere"])
    }
    #expect(error?.message.contains("TRABECULA_PG_BIN=/nowhere") == true)
  }

  @Test func `are found in PATH`() throws {
    let found = try PostgresBinaries.find()
    let path = "/nowhere:\(found.folder.path)"
    #expect(
      try PostgresBinaries.find(environment: ["PATH": path], debian: nowhere).folder.path == found.folder.path
    )
  }

  @Test func `that are missing can be installed, in the version the data need`() {
    let any = #expect(throws: PrivateServerError.self) {
      try PostgresBinaries.find(environment: [:], debian: nowhere)
    }
    #expect(any?.code == .notInstalled)
    #expect(any?.message.contains("apt-get install postgresql)") == true)
    let exact = #expect(throws: PrivateServerError.self) {
      try PostgresBinaries.find(version: 17, environment: [:], debian: nowhere)
    }
    #expect(exact?.message.contains("apt-get install postgresql-17)") == true)
  }

  @Test func `are the newest that Debian has, or those of the data`() async throws {
    try await withFolder { folder in
      for version in ["9.6", "13", "15", "16"] {
        let bin = folder.appendingPathComponent("\(version)/bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        for program in ["initdb", "pg_ctl", "postgres"] {
          let file = bin.appendingPathComponent(program)
          try Data().write(to: file)
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
      }
      #expect(try PostgresBinaries.find(environment: [:], debian: folder).folder.path.hasSuffix("16/bin"))
      #expect(
        try PostgresBinaries.find(version: 15, environment: [:], debian: folder).folder.path.hasSuffix(
          "15/bin"))
    }
  }
}

@Suite struct `postmaster.pid` {
  @Test func `names process and socket folder`() {
    let file = PostmasterFile(text: "4711\n/data\n1700000000\n5432\n/run/socket\n\n 123 456\nready   \n")
    #expect(file?.process == 4711)
    #expect(file?.socketFolder == "/run/socket")
  }

  @Test(arguments: ["", "\n", "word\n", "-3\n", "0\n"]) func `without a process names none`(text: String) {
    #expect(PostmasterFile(text: text) == nil)
  }

  @Test func `of a server that has no socket yet names none`() {
    #expect(PostmasterFile(text: "4711\n/data\n")?.socketFolder == nil)
  }

  @Test func `of another program is not that of a living server`() throws {
    let file = try #require(PostmasterFile(text: "\(getpid())\n/data\n"))
    #expect(!file.isAlive(servingFrom: URL(fileURLWithPath: "/data")))
  }
}
