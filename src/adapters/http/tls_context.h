// What stands behind TlsContext, for tls_session.cc only.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <string>

#include "adapters/http/tls_session.h"

namespace chasqui::http {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* thing) const {
    free(thing);
  }
};
using SslContextPtr = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, Free<BIO_meth_free>>;

struct TlsContext::Impl {
  /// Beyond it an arbitrary session is forgotten: its origin pays a full handshake once more.
  static constexpr std::size_t sessions_max = 1024;

  SslContextPtr context;
  BioMethodPtr bio;
  std::map<std::string, SslSessionPtr> sessions;  ///< newest of each origin

  void remember(const std::string& origin, SSL_SESSION* session);
};

/// Text of the oldest error in OpenSSL's queue, which is emptied; `otherwise` when there is none.
std::string take_openssl_error(const std::string& otherwise);

}  // namespace chasqui::http
