// TLS for outgoing connections without I/O: bytes in, bytes out. OpenSSL stays behind this header.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace chasqui::http {

/// What all TLS connections of a client share: trusted authorities, protocol settings (TLS 1.2 or 1.3), and sessions to resume.
class TlsContext {
 public:
  /// @param ca_file  PEM file of trusted authorities; empty = the system's.
  /// @return invalid_input when the file cannot be used.
  static Result<std::unique_ptr<TlsContext>> make(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  explicit TlsContext(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// One connection to `host`, whose certificate must be valid for that name or address. The owner moves the bytes: it gives what
/// came from the peer to received(), and after each call sends what outgoing() holds (and clears it).
class TlsSession {
 public:
  enum class State {
    working,  ///< go on; more bytes are needed from the peer
    closed,   ///< the peer said properly that it sends no more
    failed,   ///< see error()
  };

  struct Bio;  ///< for OpenSSL to call

  /// @param origin  names the peer in the cache of sessions, e.g. "example.org:443".
  /// @param context  must outlive the session.
  TlsSession(TlsContext& context, const std::string& host, const std::string& origin);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Begins the handshake; it goes on in read().
  State start();
  /// True once the handshake is done: from then on write() may be called.
  bool ready() const { return ready_; }
  /// True when the handshake skipped the certificates thanks to an earlier session.
  bool resumed() const;

  /// Encrypts `plain` into outgoing(): one call per request, so that it becomes as few records as possible.
  State write(std::string_view plain);
  /// Decrypts: call received() with new bytes, then read() until it gives nothing.
  void received(std::string_view cipher) { incoming_ = cipher; }
  /// Also carries on the handshake, until ready().
  /// @param state  `working` also when nothing could be read for now.
  /// @return how many bytes were written to `into`; everything given to received() has been taken in when it is 0.
  std::size_t read(char* into, std::size_t room, State& state);

  /// Says that we send no more. Without it the session is not resumed later. Harmless before ready().
  void close();
  /// Bytes for the peer.
  std::string& outgoing() { return outgoing_; }
  const std::string& outgoing() const { return outgoing_; }
  /// Why it failed, for people.
  const std::string& error() const { return error_; }

 private:
  State fail(int result);

  void* ssl_ = nullptr;  ///< SSL*, owned
  std::string_view incoming_;
  std::string outgoing_;
  std::string error_;
  std::string origin_;
  bool ready_ = false;
};

}  // namespace chasqui::http
