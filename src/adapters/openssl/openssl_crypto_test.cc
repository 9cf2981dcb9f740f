#include "adapters/openssl/openssl_crypto.h"

#include <gtest/gtest.h>

namespace chasqui {
namespace {

const std::string kKey(32, 'k');

std::string hex(ports::MacKind kind, std::string_view key, std::string_view message) {
  OpenSslCrypto crypto(kKey);
  std::string out;
  crypto.mac(kind, key)->append_hex(out, message);
  return out;
}

// WAHA's documentation, "Webhooks, HMAC" (2026-07); B and C were computed with `openssl dgst -sha512 -hmac`.
constexpr std::string_view kVectorB =
    R"({"id":"evt_01jnaaaaaaaaaaaaaaaaaaaaaa","timestamp":1741249702485,"event":"message","session":"default","metadata":{"user.id":"123"},"me":{"id":"22222222222@c.us","pushName":"Shop"},"payload":{"id":"false_11111111111@c.us_3EB0AAAAAAAAAAAAAAAA","timestamp":1741249702,"from":"11111111111@c.us","fromMe":false,"source":"app","body":"Hola ñ Привет 👋 \"q\" a/b <x>","to":null,"participant":null,"hasMedia":false,"media":null,"ack":2,"ackName":"DEVICE","replyTo":null,"_data":{}},"engine":"GOWS","environment":{"version":"2026.7.1","engine":"GOWS","tier":"CORE","browser":null,"platform":"linux/x64","worker":{"id":null}}})";

TEST(Hmac, GivenWahasVectors_ThenTheCodesAreThoseOfTheDocument) {
  EXPECT_EQ(hex(ports::MacKind::hmac_sha512, "my-secret-key", R"({"event":"message","session":"default","engine":"WEBJS"})"),
            "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89");
  EXPECT_EQ(hex(ports::MacKind::hmac_sha512, "my-secret-key", kVectorB),
            "dbab24bbd4455596185fe6f693183c1cf66ca1528d5fdc3613976a52e39cb276268f0f8a43f57313dd13fc1d3223500835222b718302682ff10f9dbcc292b965");
  EXPECT_EQ(hex(ports::MacKind::hmac_sha512, "ключ🔑", kVectorB),
            "dec8b3970d49c520dca6d22a35c4d67c91812e296aa888d4f1c0085f18033f2c598e6a16e5c216ca04675720f601158324600b82993eceaeb3954d03f21a4b87");
  EXPECT_EQ(hex(ports::MacKind::hmac_sha512, "your-secret-key", "{}"),
            "6c975c351a55dd2ead5658b9f33e3ea50147d938677c1b013cc0af19009cfe5601f293ebf5afa733997ef399aa25a6ebfcd3d976173a87c925afbe4065688cb6");
}

// Meta's documentation, "Webhooks: validating payloads" gives the scheme; the codes were computed with openssl.
TEST(Hmac, GivenMetasScheme_ThenEscapesInTheBodyAreSignedAsTheyStand) {
  EXPECT_EQ(hex(ports::MacKind::hmac_sha256, "app-secret-1", R"({"object":"whatsapp_business_account","entry":[]})"),
            "0ca28c0f1996234eb6829e59ad3c11a18161f6eb043943d601e420c312432cdf");
  EXPECT_EQ(hex(ports::MacKind::hmac_sha256, "app-secret-1",
                R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"t":"\u00e9 \/ \ud83d\udc4d"}}]}]})"),
            "8b4fd5557be0b0fccdc69eca6042f572ade89a3ad776f561d30a5775bf9eb066");
}

// One body and key for both digests; computed with Python's hmac, cross-checked with openssl and Node's crypto.
TEST(Hmac, GivenOneBodyWithCharactersOfSeveralBytes_ThenBothDigestsAreThoseOfOtherTools) {
  constexpr std::string_view body =
      R"({"type":"message.received","timestamp":"2026-01-02T03:04:05.678901Z","data":{"id":"true_5511999999999@c.us_ABC","body":"olá 👋"}})";
  ASSERT_EQ(body.size(), 132u);
  EXPECT_EQ(hex(ports::MacKind::hmac_sha512, "topsecret", body),
            "07a427364bf6fd910c8781418d8dfc0e7aefa0bb832e972c5d6534d9965a367795f21691bffa752757afe7c678ebcc3bb0ab9c285d78a80ec41fbab23bffebdc");
  EXPECT_EQ(hex(ports::MacKind::hmac_sha256, "topsecret", body), "e40dcb8436a93ddc2ed95146aa2c93fabebb7c2a47c54e27c5b98f87c2687a08");
}

TEST(Hmac, AContextGivesTheSameCodeEveryTimeAndForgetsTheMessageBefore) {
  OpenSslCrypto crypto(kKey);
  const auto mac = crypto.mac(ports::MacKind::hmac_sha512, "secret");
  std::string first, again;
  mac->append_hex(first, "one");
  for (int i = 0; i < 100; ++i) mac->matches_hex(std::string(static_cast<std::size_t>(i), 'x'), first);
  mac->append_hex(again, "one");
  EXPECT_EQ(first, again);
}

TEST(Hmac, OneFlippedBitOfMessageOrCodeIsNoticed) {
  OpenSslCrypto crypto(kKey);
  const auto mac = crypto.mac(ports::MacKind::hmac_sha256, "secret");
  const std::string message = "the quick brown fox";
  std::string code;
  mac->append_hex(code, message);
  EXPECT_TRUE(mac->matches_hex(message, code));
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    std::string other = message;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(mac->matches_hex(other, code));
  }
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::string other = code;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(mac->matches_hex(message, other));
  }
}

TEST(Hmac, UpperCaseHexIsTakenAndAnythingElseIsNot) {
  OpenSslCrypto crypto(kKey);
  const auto mac = crypto.mac(ports::MacKind::hmac_sha256, "");
  std::string code;
  mac->append_hex(code, "x");
  std::string upper = code;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(mac->matches_hex("x", upper));
  EXPECT_FALSE(mac->matches_hex("x", ""));
  EXPECT_FALSE(mac->matches_hex("x", code + "00"));
  EXPECT_FALSE(mac->matches_hex("x", code.substr(2)));
  EXPECT_FALSE(mac->matches_hex("x", "zz" + code.substr(2)));
}

TEST(Seal, WhatIsSealedIsUnsealedWithTheSameKeyOnly) {
  OpenSslCrypto crypto(kKey), other(std::string(32, 'o'));
  for (const std::string& plain : {std::string(), std::string("a secret"), std::string(10'000, 'x'), std::string("\0\x01\xff", 3)}) {
    const std::string sealed = crypto.seal(plain);
    EXPECT_EQ(sealed.find(plain.empty() ? "?" : plain), std::string::npos);
    EXPECT_EQ(*crypto.unseal(sealed), plain);
    EXPECT_FALSE(other.unseal(sealed).has_value());
    EXPECT_NE(crypto.seal(plain), sealed) << "a nonce of its own each time";
  }
}

TEST(Seal, AChangedBoxIsRefused) {
  OpenSslCrypto crypto(kKey);
  const std::string sealed = crypto.seal("a secret");
  for (std::size_t i = 3; i < sealed.size(); ++i) {
    std::string other = sealed;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(crypto.unseal(other).has_value()) << i;
  }
  for (const char* text : {"", "v1:", "v2:AAAA", "v1:!!!!", "v1:AAA", "plain"}) EXPECT_FALSE(crypto.unseal(text).has_value());
}

TEST(Secrets, AreEqualOnlyWhenTheyAre) {
  OpenSslCrypto crypto(kKey);
  EXPECT_TRUE(crypto.equal("abc", "abc"));
  EXPECT_TRUE(crypto.equal("", ""));
  EXPECT_FALSE(crypto.equal("abc", "abd"));
  EXPECT_FALSE(crypto.equal("abc", "abcd"));
  EXPECT_EQ(crypto.random_hex(16).size(), 32u);
  EXPECT_NE(crypto.random_hex(16), crypto.random_hex(16));
}

}  // namespace
}  // namespace chasqui
