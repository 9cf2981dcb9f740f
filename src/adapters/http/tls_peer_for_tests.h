// The other end of a TLS connection, in memory, with certificates of its own making. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/http/tls_context.h"

namespace chasqui::testing {

using http::Free;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;

struct Identity {
  KeyPtr key;
  CertificatePtr certificate;
};

/// Signs certificates that are valid from an hour ago, for `seconds`.
/// @param subject_alt_name  as OpenSSL writes it: "DNS:example.test" or "IP:127.0.0.1"; empty = an authority.
inline Identity make_identity(const std::string& subject_alt_name, const Identity* authority = nullptr, long seconds = 3600) {
  Identity made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* const x = made.certificate.get();
  X509_set_version(x, 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), seconds);
  X509_set_pubkey(x, made.key.get());
  X509_NAME* const name = X509_get_subject_name(x);
  const std::string common = "test " + std::to_string(serial);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, authority != nullptr ? X509_get_subject_name(authority->certificate.get()) : name);
  const bool leaf = !subject_alt_name.empty();
  std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, leaf ? NID_subject_alt_name : NID_basic_constraints,
                          leaf ? subject_alt_name.c_str() : "critical,CA:TRUE"));
  X509_add_ext(x, extension.get(), -1);
  X509_sign(x, authority != nullptr ? authority->key.get() : made.key.get(), EVP_sha256());
  return made;
}

/// An authority, whose certificate is in a file for as long as it lives.
class Authority {
 public:
  Authority() : self_(make_identity("")) {
    std::string name = (std::filesystem::temp_directory_path() / "chasqui-ca-XXXXXX").string();
    const int descriptor = ::mkstemp(name.data());
    std::FILE* const file = ::fdopen(descriptor, "w");
    PEM_write_X509(file, self_.certificate.get());
    std::fclose(file);
    file_ = name;
  }
  ~Authority() { std::filesystem::remove(file_); }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  const std::string& file() const { return file_; }
  Identity issue(const std::string& subject_alt_name, long seconds = 3600) const {
    return make_identity(subject_alt_name, &self_, seconds);
  }

 private:
  Identity self_;
  std::string file_;
};

/// What all connections of one server share: its certificate and the sessions that it gave out.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in, unsigned int, void*) {
          *out = in + 1;
          *length = in[0];
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  }
  SSL_CTX* context() { return context_.get(); }

 private:
  http::SslContextPtr context_;
};

/// One connection of the server.
class TlsPeer {
 public:
  explicit TlsPeer(TlsServer& server) : ssl_(SSL_new(server.context())) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }
  /// Takes in bytes of the client and goes on as far as it can; what it decrypts is appended to `plain`.
  void feed(std::string_view cipher) {
    BIO_write(SSL_get_rbio(ssl_.get()), cipher.data(), static_cast<int>(cipher.size()));
    char buffer[16384];
    int count = 0;
    while ((count = SSL_read(ssl_.get(), buffer, sizeof buffer)) > 0) plain.append(buffer, static_cast<std::size_t>(count));
    ended = ended || SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
    failed = failed || SSL_get_error(ssl_.get(), count) == SSL_ERROR_SSL;
    ERR_clear_error();
  }
  /// Bytes for the client.
  std::string output() {
    std::string out(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
    if (!out.empty()) BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    return out;
  }
  void write(std::string_view text) {
    EXPECT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
  }
  void close() { SSL_shutdown(ssl_.get()); }
  std::string server_name() const {
    const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &length);
    return {reinterpret_cast<const char*>(name), length};
  }

  std::string plain;
  bool ended = false;  ///< the client said that it sends no more
  bool failed = false;

 private:
  std::unique_ptr<SSL, Free<SSL_free>> ssl_;
};

}  // namespace chasqui::testing
