import CCrypto

/// A digest that is fed part by part, computed by OpenSSL's libcrypto, which libpq brings.
@safe package struct Digest: ~Copyable {
  /// Functions of FIPS 180-4. SHA-1 only names voxels as SimpleITK does; nothing is trusted because of it.
  package enum Function: Sendable {
    case sha1, sha256
  }

  private let context: OpaquePointer

  package init(_ function: Function) {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
    unsafe self.context = context
    let algorithm =
      switch function {
      case .sha1: unsafe OwnLibrary.sha1
      case .sha256: unsafe OwnLibrary.sha256
      }
    precondition(unsafe EVP_DigestInit_ex(context, algorithm, nil) == 1, "libcrypto lacks \(function)")
  }

  deinit { unsafe EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: some Collection<UInt8>) {
    let isRead: Void? = bytes.withContiguousStorageIfAvailable { storage in
      precondition(
        unsafe EVP_DigestUpdate(context, storage.baseAddress, storage.count) == 1, "libcrypto reads memory")
    }
    if isRead == nil { update(Array(bytes)) }
  }

  /// 20 bytes of SHA-1, 32 of SHA-256. Nothing may be added afterwards.
  package consuming func finalize() -> [UInt8] {
    let capacity = Int(EVP_MAX_MD_SIZE)
    return unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      var length: UInt32 = 0
      precondition(
        unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &length) == 1, "libcrypto ends a digest")
      count = Int(length)
    }
  }
}

/// A context of libcrypto that no configuration file has changed: `OPENSSL_CONF` may ask for a provider that is not there, and then
/// the default context has no digest at all. Never freed.
private enum OwnLibrary {
  nonisolated(unsafe) private static let context = unsafe OSSL_LIB_CTX_new()
  nonisolated(unsafe) static let sha1 = unsafe EVP_MD_fetch(context, "SHA1", nil)
  nonisolated(unsafe) static let sha256 = unsafe EVP_MD_fetch(context, "SHA256", nil)
}

/// SHA-256 (FIPS 180-4) of bytes: 32 bytes.
package func sha256(of bytes: some Collection<UInt8>) -> [UInt8] {
  var digest = Digest(.sha256)
  digest.update(bytes)
  return digest.finalize()
}

/// SHA-256 of parts, each preceded by its length, so that no two lists of parts collide.
package func sha256(_ parts: [some Collection<UInt8>]) -> [UInt8] {
  var digest = Digest(.sha256)
  for part in parts {
    digest.update("\(part.count):".utf8)
    digest.update(part)
  }
  return digest.finalize()
}
