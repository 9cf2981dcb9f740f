#include "adapters/http/tls_session.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "adapters/http/tls_peer_for_tests.h"
#include "tests/support/http_client_fixture.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using State = TlsSession::State;
using ports::SendError;
using testing::Authority;
using testing::RawSocket;
using testing::TlsPeer;
using testing::TlsServer;

class TlsSessionTest : public ::testing::Test {
 protected:
  TlsSessionTest() : context(*TlsContext::make(authority.file())) {}

  /// Carries bytes between the two until nobody has any more. @param piece  bytes at once.
  State exchange(TlsSession& session, TlsPeer& peer, std::size_t piece = 100'000) {
    State state = State::working;
    for (bool moved = true; moved && state == State::working;) {
      const std::string to_peer = std::exchange(session.outgoing(), "");
      if (!to_peer.empty()) peer.feed(to_peer);
      std::string from_peer = peer.output();
      moved = !to_peer.empty() || !from_peer.empty();
      for (std::size_t at = 0; at < from_peer.size() && state == State::working; at += piece) {
        const std::string cipher = from_peer.substr(at, piece);
        session.received(cipher);
        char buffer[1000];
        std::size_t count = 0;
        do {
          count = session.read(buffer, sizeof buffer, state);
          plain.append(buffer, count);
        } while (count > 0);
      }
    }
    return state;
  }
  /// How a handshake for `host` ends with a server of this certificate; the session's complaint in `error`.
  bool trusted(const std::string& host, const testing::Identity& identity) {
    TlsServer server(identity);
    TlsPeer peer(server);
    TlsSession session(*context, host, host + ":443");
    session.start();
    const State state = exchange(session, peer);
    error = session.error();
    EXPECT_EQ(session.ready(), state == State::working);
    return session.ready();
  }

  Authority authority;
  std::unique_ptr<TlsContext> context;
  std::string plain;
  std::string error;
};

TEST_F(TlsSessionTest, BytesGoBothWaysHoweverTheyAreCut) {
  TlsServer server(authority.issue("DNS:example.test"));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
    TlsPeer peer(server);
    TlsSession session(*context, "example.test", "a" + std::to_string(piece));
    EXPECT_FALSE(session.ready());
    EXPECT_EQ(session.start(), State::working);
    EXPECT_EQ(exchange(session, peer, piece), State::working);
    ASSERT_TRUE(session.ready()) << session.error();
    EXPECT_EQ(peer.server_name(), "example.test");
    EXPECT_EQ(peer.protocol(), "http/1.1");
    const std::string request(40'000, 'q'), reply(50'000, 'r');
    EXPECT_EQ(session.write(request), State::working);
    plain.clear();
    exchange(session, peer, piece);
    EXPECT_EQ(peer.plain, request);
    peer.write(reply);
    exchange(session, peer, piece);
    EXPECT_EQ(plain, reply);
  }
}

TEST_F(TlsSessionTest, ACertificateMustBeForTheNameOrAddress) {
  EXPECT_TRUE(trusted("example.test", authority.issue("DNS:example.test"))) << error;
  EXPECT_TRUE(trusted("a.example.test", authority.issue("DNS:*.example.test"))) << error;
  EXPECT_TRUE(trusted("127.0.0.1", authority.issue("IP:127.0.0.1"))) << error;
  EXPECT_TRUE(trusted("::1", authority.issue("IP:::1"))) << error;
  EXPECT_FALSE(trusted("other.test", authority.issue("DNS:example.test")));
  EXPECT_NE(error.find("hostname mismatch"), std::string::npos) << error;
  EXPECT_FALSE(trusted("a.b.example.test", authority.issue("DNS:*.example.test")));
  EXPECT_FALSE(trusted("abc.example.test", authority.issue("DNS:a*.example.test"))) << "no partial wildcards";
  EXPECT_FALSE(trusted("127.0.0.2", authority.issue("IP:127.0.0.1")));
  EXPECT_FALSE(trusted("127.0.0.1", authority.issue("DNS:127.0.0.1"))) << "an address is no name";
}

TEST_F(TlsSessionTest, ACertificateMustBeValidAndOfATrustedAuthority) {
  EXPECT_FALSE(trusted("example.test", authority.issue("DNS:example.test", -60)));
  EXPECT_NE(error.find("expired"), std::string::npos) << error;
  const Authority other;
  EXPECT_FALSE(trusted("example.test", other.issue("DNS:example.test")));
  EXPECT_NE(error.find("issuer certificate"), std::string::npos) << error;
  EXPECT_FALSE(trusted("example.test", testing::make_identity("DNS:example.test")));
  EXPECT_NE(error.find("self-signed"), std::string::npos) << error;
}

TEST_F(TlsSessionTest, OldProtocolsAreRefused) {
  TlsServer server(authority.issue("DNS:example.test"));
  SSL_CTX_set_security_level(server.context(), 0);
  SSL_CTX_set_max_proto_version(server.context(), TLS1_1_VERSION);
  TlsPeer peer(server);
  TlsSession session(*context, "example.test", "example.test:443");
  session.start();
  exchange(session, peer);
  EXPECT_FALSE(session.ready());
  SSL_CTX_set_max_proto_version(server.context(), TLS1_2_VERSION);
  TlsPeer newer(server);
  TlsSession again(*context, "example.test", "example.test:443");
  again.start();
  exchange(again, newer);
  EXPECT_TRUE(again.ready()) << again.error();
}

TEST_F(TlsSessionTest, ASessionIsResumedOnceWithTheSameOriginOnly) {
  TlsServer server(authority.issue("DNS:example.test"));
  const auto connect = [&](const std::string& origin) {
    TlsPeer peer(server);
    TlsSession session(*context, "example.test", origin);
    session.start();
    exchange(session, peer);
    EXPECT_TRUE(session.ready());
    session.close();
    return session.resumed();
  };
  EXPECT_FALSE(connect("example.test:443"));
  EXPECT_TRUE(connect("example.test:443"));
  EXPECT_FALSE(connect("example.test:8443"));
  EXPECT_TRUE(connect("example.test:443")) << "the resumed one gave a new one";
}

TEST_F(TlsSessionTest, AProperEndIsToldFromACut) {
  TlsServer server(authority.issue("DNS:example.test"));
  TlsPeer peer(server);
  TlsSession session(*context, "example.test", "example.test:443");
  session.start();
  exchange(session, peer);
  ASSERT_TRUE(session.ready());
  session.close();
  exchange(session, peer);
  EXPECT_TRUE(peer.ended) << "we say that we send no more";
  peer.close();
  EXPECT_EQ(exchange(session, peer), State::closed);
}

TEST_F(TlsSessionTest, APeerThatDoesNotSpeakTlsIsRecognised) {
  TlsSession session(*context, "example.test", "example.test:443");
  session.start();
  char buffer[100];
  State state = State::working;
  session.received("HTTP/1.1 400 Bad Request\r\n\r\n");
  session.read(buffer, sizeof buffer, state);
  EXPECT_EQ(state, State::failed);
  EXPECT_NE(session.error().find("does not speak TLS"), std::string::npos) << session.error();
}

TEST_F(TlsSessionTest, DamagedRecordsAreRefused) {
  TlsServer server(authority.issue("DNS:example.test"));
  TlsPeer peer(server);
  TlsSession session(*context, "example.test", "example.test:443");
  session.start();
  exchange(session, peer);
  peer.write("secret");
  std::string cipher = peer.output();
  cipher.back() = static_cast<char>(cipher.back() ^ 1);
  session.received(cipher);
  char buffer[100];
  State state = State::working;
  EXPECT_EQ(session.read(buffer, sizeof buffer, state), 0u);
  EXPECT_EQ(state, State::failed);
  EXPECT_FALSE(session.error().empty());
}

// The client over a real socket, with TLS.
class TlsClientTest : public testing::HttpClientTest {
 protected:
  void SetUp() override {
    settings.ca_file = authority.file();
    start();
  }
  ports::OutgoingRequest https(Millis time = 5s) const {
    auto r = request("", time);
    r.origin.tls = true;
    return r;
  }
  /// Carries bytes for the peer until `happened()`.
  template <class Happened>
  ::testing::AssertionResult serve(RawSocket& socket, TlsPeer& peer, Happened happened) {
    return until([&] {
      socket.pump();
      peer.feed(std::exchange(socket.received, ""));
      if (const auto out = peer.output(); !out.empty()) socket.say(out);
      return happened();
    });
  }

  Authority authority;
  TlsServer server{authority.issue("IP:127.0.0.1")};
};

TEST_F(TlsClientTest, ARequestIsSentAndTheConnectionUsedAgain) {
  const auto first = send(https());
  RawSocket socket = accepted();
  TlsPeer peer(server);
  EXPECT_TRUE(serve(socket, peer, [&] { return peer.plain.ends_with("\r\n\r\n"); }));
  EXPECT_EQ(peer.plain, https().head);
  peer.write(kOk);
  EXPECT_TRUE(serve(socket, peer, [&] { return answers[first].has_value(); }));
  EXPECT_EQ(answers[first]->status, 200);
  peer.plain.clear();
  const auto second = send(https());
  EXPECT_TRUE(serve(socket, peer, [&] { return peer.plain.ends_with("\r\n\r\n"); }));
  peer.write(kOk);
  EXPECT_TRUE(serve(socket, peer, [&] { return answers[second].has_value(); }));
  EXPECT_TRUE(answers[second]->reused_connection);
}

// A receiver that closes after each answer is the one for which it matters.
TEST_F(TlsClientTest, GivenAPeerThatWantsTheConnectionClosed_ThenTheNextOneResumesItsSession) {
  for (int i = 0; i < 2; ++i) {
    const auto place = send(https());
    RawSocket socket = accepted();
    TlsPeer peer(server);
    EXPECT_TRUE(serve(socket, peer, [&] { return peer.plain.ends_with("\r\n\r\n"); }));
    peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(serve(socket, peer, [&] { return answers[place].has_value(); }));
  }
  EXPECT_EQ(client->stats().tls_resumed, 1u);
}

TEST_F(TlsClientTest, AnUntrustedCertificateIsATlsErrorAndNothingIsSent) {
  const Authority other;
  TlsServer impostor(other.issue("IP:127.0.0.1"));
  const auto place = send(https());
  RawSocket socket = accepted();
  TlsPeer peer(impostor);
  EXPECT_TRUE(serve(socket, peer, [&] { return answers[place].has_value(); }));
  EXPECT_EQ(answers[place]->error, SendError::tls);
  EXPECT_NE(answers[place]->detail.find("certificate"), std::string::npos) << answers[place]->detail;
  EXPECT_EQ(peer.plain, "");
}

TEST_F(TlsClientTest, ASilentPeerIsATimeoutOfTheHandshake) {
  const auto place = send(https(50ms));
  RawSocket socket = accepted();
  EXPECT_EQ(answer(place).error, SendError::timeout);
  EXPECT_NE(answer(place).detail.find("TLS handshake"), std::string::npos) << answer(place).detail;
}

TEST_F(TlsClientTest, APeerThatClosesDuringTheHandshakeIsATlsError) {
  const auto place = send(https());
  RawSocket socket = accepted();
  EXPECT_TRUE(until([&] {
    socket.pump();
    return !socket.received.empty();
  }));
  socket.close();
  EXPECT_EQ(answer(place).error, SendError::tls);
}

// Without close_notify somebody in between may have cut the answer short (RFC 8446, 6.1).
TEST_F(TlsClientTest, AnAnswerThatLastsUntilTheEndNeedsAProperEnd) {
  for (const bool proper : {false, true}) {
    const auto place = send(https());
    RawSocket socket = accepted();
    TlsPeer peer(server);
    EXPECT_TRUE(serve(socket, peer, [&] { return peer.plain.ends_with("\r\n\r\n"); }));
    peer.write("HTTP/1.1 200 OK\r\n\r\nto the end");
    if (proper) peer.close();
    socket.say(peer.output());
    socket.close();
    EXPECT_EQ(answer(place).error, proper ? SendError::none : SendError::reset) << answer(place).detail;
    EXPECT_EQ(answer(place).body, proper ? "to the end" : "");
  }
}

}  // namespace
}  // namespace chasqui::http
