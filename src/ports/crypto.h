// Digests, keyed hashes and the box that secrets are stored in.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace chasqui::ports {

using Sha256 = std::array<std::uint8_t, 32>;

enum class MacKind : std::uint8_t { hmac_sha256, hmac_sha512 };

/// A keyed hash, ready to be used many times; keep one per key. Not thread-safe.
class Mac {
 public:
  virtual ~Mac() = default;
  /// Appends the lower-case hex of the code over `message`: 64 or 128 characters.
  virtual void append_hex(std::string& out, std::string_view message) = 0;
  /// Compares, in time that does not depend on where they differ, with hex in either case.
  virtual bool matches_hex(std::string_view message, std::string_view hex) = 0;
};

class Crypto {
 public:
  virtual ~Crypto() = default;
  virtual Sha256 sha256(std::string_view bytes) = 0;
  virtual std::unique_ptr<Mac> mac(MacKind kind, std::string_view key) = 0;
  /// Constant-time equality of secrets of any length.
  virtual bool equal(std::string_view a, std::string_view b) = 0;
  /// `bytes` random bytes as lower-case hex.
  virtual std::string random_hex(std::size_t bytes) = 0;
  /// Encrypts a secret for storage (AES-256-GCM, key file beside the data); text of printable characters.
  virtual std::string seal(std::string_view plain) = 0;
  /// @return corrupt when the text was not sealed with this key.
  virtual Result<std::string> unseal(std::string_view sealed) = 0;
};

}  // namespace chasqui::ports
