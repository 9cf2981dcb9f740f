#include "adapters/sqlite/packing.h"

#include <gtest/gtest.h>

#include <vector>

#include "adapters/sqlite/journal_db.h"

namespace chasqui::sqlite {
namespace {

TEST(Packing, GivesBackNumbersOfEverySize) {
  std::string packed;
  std::vector<std::uint64_t> numbers{0, 1, 127, 128, 16383, 16384, ~std::uint64_t{0}};
  for (unsigned shift = 0; shift < 64; ++shift) numbers.push_back(std::uint64_t{1} << shift);
  for (const auto n : numbers) put_number(packed, n);
  Unpacker in(packed);
  for (const auto n : numbers) EXPECT_EQ(in.number(), n);
  EXPECT_TRUE(in.ok() && in.done());
}

TEST(Packing, TakesOneByteForSmallNumbers) {
  std::string packed;
  put_number(packed, 127);
  EXPECT_EQ(packed.size(), 1u);
  put_number(packed, 128);
  EXPECT_EQ(packed.size(), 3u);
}

TEST(Packing, GivesBackTexts) {
  std::string packed;
  const std::string binary("\0\xff\x80", 3), lengthy(300, 'x');
  for (const auto& text : {std::string(), binary, lengthy}) put_text(packed, text);
  Unpacker in(packed);
  EXPECT_EQ(in.text(), "");
  EXPECT_EQ(in.text(), binary);
  EXPECT_EQ(in.text(), lengthy);
  EXPECT_TRUE(in.ok() && in.done());
}

TEST(Packing, GivenAnEndTooEarly_ThenItGivesZerosAndSaysSoForGood) {
  std::string packed;
  put_number(packed, 1'000'000);
  put_text(packed, "twelve bytes");
  packed += "eight...";
  for (std::size_t length = 0; length < packed.size(); ++length) {
    Unpacker in(std::string_view(packed).substr(0, length));
    in.number();
    in.text();
    in.fixed64();
    EXPECT_FALSE(in.ok()) << length;
    EXPECT_EQ(in.number(), 0u);
    EXPECT_FALSE(in.ok()) << "and so it stays";
  }
}

TEST(Packing, GivenANumberThatNeverEnds_ThenItIsNonsense) {
  Unpacker in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(in.number(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Packing, GivenATextLongerThanWhatIsThere_ThenNothingIsRead) {
  std::string packed;
  put_number(packed, ~std::uint64_t{0});
  packed += "short";
  Unpacker in(packed);
  EXPECT_EQ(in.text(), "");
  EXPECT_FALSE(in.ok());
}

TEST(Packing, ReadsFixedNumbersLowestByteFirst) {
  Unpacker in(std::string_view("\x01\x02\0\0\0\0\0\x80", 8));
  EXPECT_EQ(in.fixed64(), 0x8000000000000201u);
  EXPECT_TRUE(in.ok() && in.done());
}

TEST(SettledBlocks, GivenNonsense_ThenWhatCannotBeReadIsLeftOut) {
  int rows = 0;
  for (const auto* block : {"", "\x01", "\x01\x02\x03", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"})
    unpack_settled(block, [&](auto) { ++rows; });
  EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace chasqui::sqlite
