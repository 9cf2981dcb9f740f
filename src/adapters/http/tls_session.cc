#include "adapters/http/tls_session.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "adapters/http/tls_context.h"

namespace chasqui::http {

namespace {

SSL* as_ssl(void* ssl) { return static_cast<SSL*>(ssl); }

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* const address = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

constexpr std::array<unsigned char, 9> alpn_http11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

}  // namespace

/// OpenSSL's view of the connection: reads from incoming_, writes to outgoing_. A memory BIO would copy everything once more.
struct TlsSession::Bio {
  static TlsSession& session(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int room) {
    auto& incoming = session(bio).incoming_;
    BIO_clear_retry_flags(bio);
    if (incoming.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const auto count = std::min(incoming.size(), static_cast<std::size_t>(room));
    std::memcpy(into, incoming.data(), count);
    incoming.remove_prefix(count);
    return static_cast<int>(count);
  }

  static int write(BIO* bio, const char* bytes, int count) {
    BIO_clear_retry_flags(bio);
    session(bio).outgoing_.append(bytes, static_cast<std::size_t>(count));
    return count;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
};

std::string take_openssl_error(const std::string& otherwise) {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? otherwise : reason;
}

void TlsContext::Impl::remember(const std::string& origin, SSL_SESSION* session) {
  if (sessions.size() >= sessions_max && !sessions.contains(origin)) sessions.erase(sessions.begin());
  sessions[origin].reset(session);
}

TlsContext::TlsContext(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::make(const std::string& ca_file) {
  auto impl = std::make_unique<Impl>();
  impl->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = impl->context.get();
  if (context == nullptr) return unavailable("TLS cannot be used: " + take_openssl_error("out of memory"));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Idle connections then hold no record buffers (34 KB each).
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context, alpn_http11.data(), alpn_http11.size());
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    return invalid_input("ca_file \"" + ca_file + "\" has no usable certificates: " + take_openssl_error("not readable"));
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context, impl.get());
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    auto& shared = *static_cast<Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    shared.remember(*static_cast<const std::string*>(SSL_get_app_data(ssl)), session);
    return 1;  // ours now
  });
  impl->bio.reset(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "chasqui"));
  BIO_meth_set_read(impl->bio.get(), TlsSession::Bio::read);
  BIO_meth_set_write(impl->bio.get(), TlsSession::Bio::write);
  BIO_meth_set_ctrl(impl->bio.get(), TlsSession::Bio::control);
  return std::unique_ptr<TlsContext>(new TlsContext(std::move(impl)));
}

TlsSession::TlsSession(TlsContext& context, const std::string& host, const std::string& origin) : origin_(origin) {
  auto& shared = context.impl();
  SSL* const ssl = SSL_new(shared.context.get());
  CHASQUI_CHECK(ssl != nullptr, "out of memory");
  ssl_ = ssl;
  BIO* const bio = BIO_new(shared.bio.get());
  CHASQUI_CHECK(bio != nullptr, "out of memory");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, &origin_);
  SSL_set_connect_state(ssl);
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
  }
  // A session is used once (RFC 8446, appendix C.4); the server gives new ones.
  if (auto known = shared.sessions.extract(origin_)) SSL_set_session(ssl, known.mapped().get());
}

TlsSession::~TlsSession() { SSL_free(as_ssl(ssl_)); }

bool TlsSession::resumed() const { return SSL_session_reused(as_ssl(ssl_)) == 1; }

TlsSession::State TlsSession::fail(int result) {
  SSL* const ssl = as_ssl(ssl_);
  const int why = SSL_get_error(ssl, result);
  if (why == SSL_ERROR_WANT_READ) return State::working;
  if (why == SSL_ERROR_ZERO_RETURN) return State::closed;
  const long verdict = SSL_get_verify_result(ssl);
  if (!ready_ && verdict != X509_V_OK) {
    ERR_clear_error();
    error_ = X509_verify_cert_error_string(verdict);
    return State::failed;
  }
  const auto reason = ERR_GET_REASON(ERR_peek_error());
  error_ = take_openssl_error("protocol error");
  if (!ready_ && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)) {
    error_ = "the peer does not speak TLS on this port (" + error_ + ")";
  }
  return State::failed;
}

TlsSession::State TlsSession::start() {
  ERR_clear_error();
  return fail(SSL_do_handshake(as_ssl(ssl_)));  // cannot be done yet: nothing was received
}

TlsSession::State TlsSession::write(std::string_view plain) {
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(as_ssl(ssl_), plain.data(), plain.size(), &written);
  return result == 1 ? State::working : fail(result);
}

std::size_t TlsSession::read(char* into, std::size_t room, State& state) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(as_ssl(ssl_), into, room, &count);
  ready_ = ready_ || SSL_is_init_finished(as_ssl(ssl_)) == 1;
  if (result == 1) {
    state = State::working;
    return count;
  }
  state = fail(result);
  return 0;
}

void TlsSession::close() {
  ERR_clear_error();
  if (ready_) SSL_shutdown(as_ssl(ssl_));
  ERR_clear_error();
}

}  // namespace chasqui::http
