// What stands beside the events: configuration, sessions, interned rows.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ports::ConfigRow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_P(StoreContract, GivenAFreshStore_ThenItFindsNothing) {
  EXPECT_EQ(text(recovered), text(ports::Recovered{}));
  EXPECT_EQ(recovered.checkpoint, ports::Checkpoint{});
}

TEST_P(StoreContract, ReplacesConfigurationWhole) {
  commit(ConfigRow{"endpoint", "a", R"({"url":"http://one.test"})"}, ConfigRow{"endpoint", "b", "{}"},
         ConfigRow{"cloud_api_callback", "a", "{}"});
  commit(ConfigRow{"endpoint", "a", R"({"url":"http://two.test"})"});
  EXPECT_THAT(restart().config,
              UnorderedElementsAre(ConfigRow{"endpoint", "a", R"({"url":"http://two.test"})"}, ConfigRow{"endpoint", "b", "{}"},
                                   ConfigRow{"cloud_api_callback", "a", "{}"}));
}

TEST_P(StoreContract, DeletesConfigurationWhoseJsonIsEmpty) {
  commit(ConfigRow{"endpoint", "a", "{}"}, ConfigRow{"cloud_api_callback", "a", "{}"});
  commit(ConfigRow{"endpoint", "a", ""}, ConfigRow{"endpoint", "never there", ""});
  EXPECT_THAT(restart().config, ElementsAre(ConfigRow{"cloud_api_callback", "a", "{}"}));
  commit(ConfigRow{"endpoint", "a", "{\"again\":1}"});
  EXPECT_EQ(restart().config.size(), 2u);
}

TEST_P(StoreContract, AppliesConfigurationOfOneBatchInItsOrder) {
  commit(ConfigRow{"endpoint", "a", "1"}, ConfigRow{"endpoint", "a", ""}, ConfigRow{"endpoint", "b", "1"},
         ConfigRow{"endpoint", "b", "2"});
  EXPECT_THAT(restart().config, ElementsAre(ConfigRow{"endpoint", "b", "2"}));
}

TEST_P(StoreContract, KeepsTextAsItIs) {
  const ConfigRow row{"endpoint", "id with ' and \" and \0 and \xc3\xa9", std::string("{\"a\":\"\0\xf0\x9f\x98\x80\"}", 13)};
  commit(row, session(1, "naïve; DROP TABLE event"), context(1, "{\"me\":\"\xf0\x9f\x98\x80\"}"));
  restart();
  EXPECT_THAT(recovered.config, ElementsAre(row));
  EXPECT_THAT(recovered.sessions, ElementsAre(session(1, "naïve; DROP TABLE event")));
  EXPECT_THAT(recovered.contexts, ElementsAre(context(1, "{\"me\":\"\xf0\x9f\x98\x80\"}")));
}

TEST_P(StoreContract, ReplacesSessionsByTheirNumber) {
  commit(session(1, "default"), session(2, "sales"));
  auto renamed = session(1, "main");
  renamed.json = R"({"engine":"cloud","me":"15550109999"})";
  commit(renamed, session(3, "support"));
  EXPECT_THAT(restart().sessions, UnorderedElementsAre(renamed, session(2, "sales"), session(3, "support")));
}

TEST_P(StoreContract, FindsInternedRowsAgain) {
  commit(match_set(1, {}), match_set(2, {1, 4'000'000'000, 300}), context(1, "{}"), context(2, R"({"me":"x"})"));
  commit(match_set(3, {7}), context(3, ""));
  restart();
  EXPECT_THAT(recovered.match_sets, ElementsAre(match_set(1, {}), match_set(2, {1, 4'000'000'000, 300}), match_set(3, {7})));
  EXPECT_THAT(recovered.contexts, ElementsAre(context(1, "{}"), context(2, R"({"me":"x"})"), context(3, "")));
}

TEST_P(StoreContract, GivenAnInternedRowTwice_ThenItIsFoundOnce) {
  commit(match_set(1, {1}), context(1, "{}"));
  commit(match_set(1, {1}), match_set(2, {2}), context(1, "{}"), routed(event(1), 2));
  restart();
  EXPECT_THAT(recovered.match_sets, ElementsAre(match_set(1, {1}), match_set(2, {2})));
  EXPECT_THAT(recovered.contexts, ElementsAre(context(1, "{}")));
  EXPECT_THAT(seqs(read(all().of(2))), ElementsAre(1));
}

TEST_P(StoreContract, GivenAnEmptyBatch_ThenNothingChanges) {
  commit(event(1));
  commit();
  EXPECT_EQ(restart().next_seq, 2u);
  EXPECT_THAT(recovered.config, IsEmpty());
}

}  // namespace
}  // namespace chasqui::testing
