// Digests, keyed hashes and sealed secrets on OpenSSL 3.
#pragma once

#include <memory>
#include <string>

#include "ports/crypto.h"

namespace chasqui {

/// Algorithms are fetched once and contexts reused: setting them up per message costs as much as the hash of a webhook
/// (docs/adr/0005-openssl-keyed-contexts.md). Not for several threads.
class OpenSslCrypto : public ports::Crypto {
 public:
  /// @param key  32 bytes, what secrets are sealed with.
  explicit OpenSslCrypto(const std::string& key);
  ~OpenSslCrypto() override;

  ports::Sha256 sha256(std::string_view bytes) override;
  std::unique_ptr<ports::Mac> mac(ports::MacKind kind, std::string_view key) override;
  bool equal(std::string_view a, std::string_view b) override;
  std::string random_hex(std::size_t bytes) override;
  /// `v1:` and base64 of nonce (12 bytes), ciphertext and tag (16 bytes).
  std::string seal(std::string_view plain) override;
  Result<std::string> unseal(std::string_view sealed) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui
