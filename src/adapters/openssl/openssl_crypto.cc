#include "adapters/openssl/openssl_crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>

namespace chasqui {
namespace {

constexpr std::size_t kKeySize = 32, kNonceSize = 12, kTagSize = 16;
constexpr std::string_view kSealVersion = "v1:";

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void append_as_hex(std::string& out, const unsigned char* data, std::size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  const auto start = out.size();
  out.resize(start + 2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    out[start + 2 * i] = digits[data[i] >> 4];
    out[start + 2 * i + 1] = digits[data[i] & 15];
  }
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string base64(const std::string& data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(data), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size()));
  if (length < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

class KeyedHmac : public ports::Mac {
 public:
  KeyedHmac(EVP_MAC* mac, const char* digest, std::string_view key) : context_(EVP_MAC_CTX_new(mac)) {
    CHASQUI_CHECK(context_ != nullptr, "OpenSSL gives an HMAC context");
    std::array<char, 16> name{};
    std::strncpy(name.data(), digest, name.size() - 1);
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0), OSSL_PARAM_construct_end()};
    // A null key means "the one from before": an empty key needs an address of its own.
    const unsigned char none = 0;
    const bool ok = EVP_MAC_init(context_, key.empty() ? &none : bytes(key), key.size(), parameters.data()) == 1;
    CHASQUI_CHECK(ok, "OpenSSL takes an HMAC key of any length");
  }
  ~KeyedHmac() override { EVP_MAC_CTX_free(context_); }
  KeyedHmac(const KeyedHmac&) = delete;
  KeyedHmac& operator=(const KeyedHmac&) = delete;

  void append_hex(std::string& out, std::string_view message) override {
    compute(message);
    append_as_hex(out, code_.data(), size_);
  }

  bool matches_hex(std::string_view message, std::string_view hex) override {
    compute(message);
    if (hex.size() != 2 * size_) return false;
    std::array<unsigned char, EVP_MAX_MD_SIZE> given{};
    for (std::size_t i = 0; i < size_; ++i) {
      const int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
      if (high < 0 || low < 0) return false;
      given[i] = static_cast<unsigned char>(high * 16 + low);
    }
    return CRYPTO_memcmp(given.data(), code_.data(), size_) == 0;
  }

 private:
  void compute(std::string_view message) {
    const bool ok = EVP_MAC_init(context_, nullptr, 0, nullptr) == 1 && EVP_MAC_update(context_, bytes(message), message.size()) == 1 &&
                    EVP_MAC_final(context_, code_.data(), &size_, code_.size()) == 1;
    CHASQUI_CHECK(ok, "OpenSSL computes an HMAC");
  }

  EVP_MAC_CTX* context_;
  std::array<unsigned char, EVP_MAX_MD_SIZE> code_{};
  std::size_t size_ = 0;
};

}  // namespace

struct OpenSslCrypto::Impl {
  explicit Impl(const std::string& sealing_key) : key(sealing_key) {}
  ~Impl() {
    EVP_MD_CTX_free(digest);
    EVP_MD_free(sha256);
    EVP_MAC_free(hmac);
    EVP_CIPHER_free(aes);
    OPENSSL_cleanse(key.data(), key.size());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string key;
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_CIPHER* aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
};

OpenSslCrypto::OpenSslCrypto(const std::string& key) : impl_(std::make_unique<Impl>(key)) {
  CHASQUI_CHECK(key.size() == kKeySize, "the sealing key has 32 bytes");
  CHASQUI_CHECK(impl_->hmac && impl_->sha256 && impl_->digest && impl_->aes, "OpenSSL has its default provider");
}

OpenSslCrypto::~OpenSslCrypto() = default;

ports::Sha256 OpenSslCrypto::sha256(std::string_view text) {
  ports::Sha256 out{};
  unsigned size = 0;
  const bool ok = EVP_DigestInit_ex2(impl_->digest, impl_->sha256, nullptr) == 1 && EVP_DigestUpdate(impl_->digest, text.data(), text.size()) == 1 &&
                  EVP_DigestFinal_ex(impl_->digest, out.data(), &size) == 1;
  CHASQUI_CHECK(ok && size == out.size(), "OpenSSL computes a SHA-256");
  return out;
}

std::unique_ptr<ports::Mac> OpenSslCrypto::mac(ports::MacKind kind, std::string_view key) {
  return std::make_unique<KeyedHmac>(impl_->hmac, kind == ports::MacKind::hmac_sha512 ? "SHA512" : "SHA256", key);
}

bool OpenSslCrypto::equal(std::string_view a, std::string_view b) {
  // Digests have one length, so neither content nor length shows in the time.
  const auto left = sha256(a), right = sha256(b);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string OpenSslCrypto::random_hex(std::size_t count) {
  std::string raw(count, '\0'), out;
  CHASQUI_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(count)) == 1, "OpenSSL has randomness");
  append_as_hex(out, bytes(raw), raw.size());
  return out;
}

std::string OpenSslCrypto::seal(std::string_view plain) {
  std::string box(kNonceSize + plain.size() + kTagSize, '\0');
  auto* out = reinterpret_cast<unsigned char*>(box.data());
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0, rest = 0;
  const bool ok = RAND_bytes(out, kNonceSize) == 1 && EVP_EncryptInit_ex2(context, impl_->aes, bytes(impl_->key), out, nullptr) == 1 &&
                  EVP_EncryptUpdate(context, out + kNonceSize, &length, bytes(plain), static_cast<int>(plain.size())) == 1 &&
                  EVP_EncryptFinal_ex(context, out + kNonceSize + length, &rest) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, out + kNonceSize + plain.size()) == 1;
  EVP_CIPHER_CTX_free(context);
  CHASQUI_CHECK(ok, "OpenSSL encrypts");
  return std::string(kSealVersion) + base64(box);
}

Result<std::string> OpenSslCrypto::unseal(std::string_view sealed) {
  if (!sealed.starts_with(kSealVersion)) return corrupt("a sealed secret does not begin with v1:");
  std::string box = from_base64(sealed.substr(kSealVersion.size()));
  if (box.size() < kNonceSize + kTagSize) return corrupt("a sealed secret is too short");
  const std::size_t size = box.size() - kNonceSize - kTagSize;
  std::string plain(size, '\0');
  auto* in = reinterpret_cast<unsigned char*>(box.data());
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int length = 0, rest = 0;
  const bool ok = EVP_DecryptInit_ex2(context, impl_->aes, bytes(impl_->key), in, nullptr) == 1 &&
                  EVP_DecryptUpdate(context, reinterpret_cast<unsigned char*>(plain.data()), &length, in + kNonceSize, static_cast<int>(size)) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagSize, in + kNonceSize + size) == 1 &&
                  EVP_DecryptFinal_ex(context, reinterpret_cast<unsigned char*>(plain.data()) + length, &rest) == 1;
  EVP_CIPHER_CTX_free(context);
  if (!ok) return corrupt("a sealed secret was not sealed with this key, or was changed");
  return plain;
}

}  // namespace chasqui
