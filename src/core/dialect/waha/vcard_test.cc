#include <gtest/gtest.h>

#include "core/dialect/waha/payloads.h"

namespace chasqui::waha {
namespace {

using Cards = std::vector<std::string>;

TEST(VCards, AreWrittenAsVersion3) {
  EXPECT_EQ(
      vcards(
          {R"([{"name":{"formatted_name":"Bo K","first_name":"Bo","last_name":"K"},"phones":[{"phone":"+1 555","wa_id":"1555","type":"CELL"},{"phone":"7"}]}])"}),
      Cards{"BEGIN:VCARD\nVERSION:3.0\nN:K;Bo;;;\nFN:Bo K\nTEL;type=CELL;waid=1555:+1 555\nTEL:7\nEND:VCARD"});
}

TEST(VCards, AContactWithOnlyAFormattedNameHasItAsGivenName) {
  EXPECT_EQ(vcards({R"([{"name":{"formatted_name":"Bo"}}])"}), Cards{"BEGIN:VCARD\nVERSION:3.0\nN:;Bo;;;\nFN:Bo\nEND:VCARD"});
}

// The parts of a name are known by their place (RFC 2426, 3.1.2): family, given, additional, prefix, suffix.
TEST(VCards, GivenNoFamilyName_ThenTheGivenNameStaysInItsPlace) {
  EXPECT_EQ(vcards({R"([{"name":{"formatted_name":"Dr Bo","first_name":"Bo","prefix":"Dr"}}])"}),
            Cards{"BEGIN:VCARD\nVERSION:3.0\nN:;Bo;;Dr;\nFN:Dr Bo\nEND:VCARD"});
}

// RFC 2426, 4: what separates is escaped, and a value cannot become a line of its own.
TEST(VCards, ValuesCannotBreakOut) {
  EXPECT_EQ(vcards({R"([{"name":{"formatted_name":"a;b,c\\d\r\nEND:VCARD"}}])"}),
            Cards{"BEGIN:VCARD\nVERSION:3.0\nN:;a\\;b\\,c\\\\d\\nEND:VCARD;;;\nFN:a\\;b\\,c\\\\d\\nEND:VCARD\nEND:VCARD"});
}

TEST(VCards, OneForEachContactWhateverItsShape) {
  EXPECT_EQ(vcards({"[{},7,null,{\"phones\":7}]"}).size(), 4u);
  EXPECT_TRUE(vcards({"[]"}).empty());
  EXPECT_TRUE(vcards({"null"}).empty());
  EXPECT_TRUE(vcards({""}).empty());
}

}  // namespace
}  // namespace chasqui::waha
