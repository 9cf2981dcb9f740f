#include "core/http1/url.h"

#include <gtest/gtest.h>

namespace chasqui::http1 {
namespace {

Url good(std::string_view text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url.has_value()) << text << ": " << (url ? "" : url.error().detail);
  return url ? *url : Url{};
}
bool refused(std::string_view text) {
  const auto url = parse_url(text);
  return !url && url.error().kind == Error::Kind::invalid_input && !url.error().detail.empty();
}

TEST(Url, IsTakenApart) {
  EXPECT_EQ(good("http://example.org"), (Url{false, "example.org", 80, "/", "", "example.org"}));
  EXPECT_EQ(good("HTTPS://Example.ORG:8443/Hook/1?a=b#frag"),
            (Url{true, "example.org", 8443, "/Hook/1?a=b", "", "example.org:8443"}));
  EXPECT_EQ(good("https://h:443/"), (Url{true, "h", 443, "/", "", "h"}));
  EXPECT_EQ(good("http://h:443/"), (Url{false, "h", 443, "/", "", "h:443"}));
  EXPECT_EQ(good("http://h?q=/x"), (Url{false, "h", 80, "/?q=/x", "", "h"}));
  EXPECT_EQ(good("http://h#/x"), (Url{false, "h", 80, "/", "", "h"}));
  EXPECT_EQ(good("http://10.0.0.1:5678/webhook-test/x"), (Url{false, "10.0.0.1", 5678, "/webhook-test/x", "", "10.0.0.1:5678"}));
}

// WAHA refuses names with an underscore; Docker Compose makes them all the time.
TEST(Url, NamesWithAnUnderscoreAreTaken) { EXPECT_EQ(good("http://my_app:3000/").host, "my_app"); }

TEST(Url, UserAndPasswordAreDecoded) {
  EXPECT_EQ(good("http://user:p%40ss%3A@h/").userinfo, "user:p@ss:");
  EXPECT_EQ(good("http://user@h/").userinfo, "user");
  EXPECT_EQ(good("http://a@b@h/").userinfo, "a@b") << "the last @ ends it";
  EXPECT_EQ(good("http://a@b@h/").host, "h");
  EXPECT_EQ(good("http://h/x@y").userinfo, "");
  EXPECT_EQ(good("http://evil.test\x40h/").host, "h");
}

TEST(Url, Ipv6StandsInBrackets) {
  EXPECT_EQ(good("http://[::1]:8080/x"), (Url{false, "::1", 8080, "/x", "", "[::1]:8080"}));
  EXPECT_EQ(good("https://[2001:DB8::A]"), (Url{true, "2001:db8::a", 443, "/", "", "[2001:db8::a]"}));
  for (const char* address : {"::", "1::", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::"})
    EXPECT_EQ(good("http://[" + std::string(address) + "]/").host, address);
}

TEST(Url, WhatIsNoIpv6AddressIsRefusedInBrackets) {
  for (const char* address : {"",
                              "1",
                              "10.0.0.1",
                              ":",
                              ":1",
                              "1:",
                              ":::",
                              "1::2::3",
                              "12345::",
                              "1:2:3:4:5:6:7",
                              "1:2:3:4:5:6:7:8:9",
                              "1:2:3:4:5:6:7:8::",
                              "::1.2.3",
                              "::1.2.3.256",
                              "::1.2.3.4.5",
                              "::1.2.3.4:5",
                              "::g",
                              "fe80::1%25eth0",
                              "....:",
                              "::1 "})
    EXPECT_TRUE(refused("http://[" + std::string(address) + "]/")) << address;
  EXPECT_TRUE(refused("http://[::1/"));
  EXPECT_TRUE(refused("http://[::1]x/"));
  EXPECT_TRUE(refused("http://::1/"));
}

TEST(Url, APortIsANumberFrom1To65535) {
  EXPECT_EQ(good("http://h:65535/").port, 65535);
  for (const char* port : {"", "0", "65536", "99999999999", "-1", "+1", "0x50", "8 0", "80a"})
    EXPECT_TRUE(refused("http://h:" + std::string(port) + "/")) << port;
}

TEST(Url, OtherSchemesAreRefused) {
  for (const char* text : {"", "h", "h/x", "//h/", "http:/h", "http:h", "ftp://h/", "file:///etc/passwd", "gopher://h/",
                           "javascript:alert(1)", "http//h", "://h", "httpx://h/", " http://h/"})
    EXPECT_TRUE(refused(text)) << text;
}

TEST(Url, HostsAreNamesOfPlainCharacters) {
  for (const char* text : {"http://", "http:///x", "http://:80/", "http://?x", "http://u@/x", "http://h\\x/", "http://a,b/",
                           "http://a%2eb/", "http://é.test/", "http://a*b/", "http://[h]/", "http://a:b:c/"})
    EXPECT_TRUE(refused(text)) << text;
  EXPECT_TRUE(refused("http://" + std::string(254, 'a') + "/"));
  EXPECT_EQ(good("http://" + std::string(253, 'a') + "/").host.size(), 253u);
}

TEST(Url, NoCharacterThatCouldBreakARequestLineIsTaken) {
  for (const std::string_view text : {"http://h/a b", "http://h/a\r\nX: y", "http://h/\t", "http://h/é", "http://h/\x7f"})
    EXPECT_TRUE(refused(text)) << text;
  EXPECT_TRUE(refused(std::string_view("http://h/\0", 10)));
  EXPECT_EQ(good("http://h/%0d%0aX:%20y").path_and_query, "/%0d%0aX:%20y") << "escapes are passed on as they stand";
}

TEST(PercentDecoding, LeavesWhatIsNoEscape) {
  EXPECT_EQ(percent_decode("a%20b+c", false), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
  EXPECT_EQ(percent_decode("%41%7a%C3%a9", false), "Azé");
  EXPECT_EQ(percent_decode("%", false), "%");
  EXPECT_EQ(percent_decode("%4", false), "%4");
  EXPECT_EQ(percent_decode("%4x%x4%%41", false), "%4x%x4%A");
  EXPECT_EQ(percent_decode("%2541", false), "%41") << "once only";
  EXPECT_EQ(percent_decode("%00", false), std::string(1, '\0'));
}

TEST(QueryValue, IsTheFirstOfItsNameDecoded) {
  EXPECT_EQ(query_value("hub.mode=subscribe&hub.challenge=1%2B1&x=1&x=2", "hub.challenge"), "1+1");
  EXPECT_EQ(query_value("x=1&x=2", "x"), "1");
  EXPECT_EQ(query_value("a&b=", "a"), "");
  EXPECT_EQ(query_value("a&b=", "b"), "");
  EXPECT_EQ(query_value("%61=1", "a"), "1");
  EXPECT_EQ(query_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(query_value("ab=1", "a"), std::nullopt);
  EXPECT_EQ(query_value("", "a"), std::nullopt);
  EXPECT_EQ(query_value("&&=&", "a"), std::nullopt);
}

}  // namespace
}  // namespace chasqui::http1
