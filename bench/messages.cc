#include "bench/messages.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <charconv>

namespace chasqui::bench {
namespace {

constexpr std::uint64_t kFirstSecond = 1'790'000'000;  // of the messages' timestamps; a thousand share one
constexpr std::string_view kIdPrefix = "wamid.B";

// A chatty customer who came through an advertisement. Runs of # (message number), % (session), @ (chat) and ^ (time) are
// where digits go.
constexpr std::string_view kBody =
    R"({"object":"whatsapp_business_account","entry":[{"id":"200000000000001","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"1555019%%%%","phone_number_id":"40000000000%%%%"},"contacts":[{"profile":{"name":"Customer @@@@@@@"},"wa_id":"1555@@@@@@@"}],"messages":[{"from":"1555@@@@@@@","id":"wamid.B################.","timestamp":"^^^^^^^^^^","text":{"body":"Order ################: could you please check whether it was shipped? \ud83d\udce6 The page says \"in preparation\" since Monday, and I would like to know if it will be here before the weekend. If it is easier, you can also call me after four in the afternoon; the number is this one. I am asking because the parcel is a present, and the birthday is on Sunday. If it cannot make it, please tell me today so that I can look for something else in town. Thank you very much for your help, and greetings to the colleague who helped me last time!"},"type":"text","referral":{"source_url":"https:\/\/example.com\/ad\/17","source_id":"120200000000000001","source_type":"ad","headline":"Free shipping until Sunday","body":"Order now","media_type":"image","image_url":"https:\/\/example.com\/ad\/17.jpg","ctwa_clid":"ARAbCdEf"}}]},"field":"messages"}]}]})";

void write_digits(char* at, std::size_t width, std::uint64_t value) {
  while (width > 0) {
    at[--width] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

Hmac::Hmac(const char* digest, std::string_view key) : context_(nullptr), size_(std::string_view(digest) == "SHA512" ? 64 : 32) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  context_ = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  std::string name = digest;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", name.data(), 0), OSSL_PARAM_construct_end()};
  EVP_MAC_init(context_, reinterpret_cast<const unsigned char*>(key.data()), key.size(), parameters);
}

Hmac::~Hmac() { EVP_MAC_CTX_free(context_); }

void Hmac::write_hex(char* out, std::string_view message) {
  unsigned char code[64];
  std::size_t length = 0;
  EVP_MAC_init(context_, nullptr, 0, nullptr);
  EVP_MAC_update(context_, reinterpret_cast<const unsigned char*>(message.data()), message.size());
  EVP_MAC_final(context_, code, &length, sizeof code);
  for (std::size_t i = 0; i < length; ++i) {
    *out++ = "0123456789abcdef"[code[i] >> 4];
    *out++ = "0123456789abcdef"[code[i] & 15];
  }
}

std::string Hmac::hex(std::string_view message) {
  std::string out(size_ * 2, '0');
  write_hex(out.data(), message);
  return out;
}

Messages::Messages(std::string_view path, std::string_view app_secret) : mac_("SHA256", app_secret) {
  text_.append("POST ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ");
  text_.append(std::to_string(kBody.size())).append("\r\nX-Hub-Signature-256: sha256=");
  signature_ = text_.size();
  text_.append(64, '0').append("\r\n\r\n");
  body_ = text_.size();
  text_.append(kBody);
  for (std::size_t i = body_; i < text_.size(); ++i) {
    const char c = text_[i];
    std::vector<Field>* fields = c == '#' ? &numbers_ : c == '%' ? &sessions_ : c == '@' ? &chats_ : c == '^' ? &times_ : nullptr;
    if (fields == nullptr) continue;
    const std::size_t end = text_.find_first_not_of(c, i);
    fields->push_back({i, end - i});
    i = end - 1;
  }
}

void Messages::write(const std::vector<Field>& fields, std::uint64_t value) {
  for (const auto& field : fields) write_digits(text_.data() + field.at, field.width, value);
}

std::string_view Messages::body(std::uint64_t number, int session, int chat) {
  write(numbers_, number);
  write(sessions_, static_cast<std::uint64_t>(session));
  write(chats_, static_cast<std::uint64_t>(chat));
  write(times_, kFirstSecond + number / 1000);
  return std::string_view(text_).substr(body_);
}

std::string_view Messages::request(std::uint64_t number, int session, int chat) {
  mac_.write_hex(text_.data() + signature_, body(number, session, chat));
  return text_;
}

std::string Messages::phone_number_id(int session) {
  std::string id = "400000000000000";
  write_digits(id.data() + 11, 4, static_cast<std::uint64_t>(session));
  return id;
}

std::optional<std::uint64_t> Messages::number_in(std::string_view webhook) {
  const auto at = webhook.find(kIdPrefix);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* first = webhook.data() + at + kIdPrefix.size();
  if (std::from_chars(first, webhook.data() + webhook.size(), number).ptr == first) return std::nullopt;
  return number;
}

}  // namespace chasqui::bench
