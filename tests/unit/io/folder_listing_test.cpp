// SPDX-License-Identifier: MIT
#include "flashvideo/io/folder_listing.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace flashvideo;
using namespace flashvideo::test;

TEST_CASE("natural_less: the order in which people count, for every pair of a sorted list") {
  const char* const sorted[] = {"1.png",
                                "2.PNG",
                                "10.png",
                                "a.png",
                                "frame0.png",
                                "frame1.png",
                                "frame01.png",
                                "frame1-2.png",
                                "Frame2.png",
                                "frame10.png",
                                "frame10b.png",
                                "frame100.png",
                                "frame99999999999999999999.png",
                                "frame100000000000000000000.png",
                                "x1y2.png",
                                "x1y10.png",
                                "x2y1.png"};
  const index_t count = std::size(sorted);
  for (index_t i = 0; i < count; ++i) {
    for (index_t j = 0; j < count; ++j) {
      INFO(sorted[i] << " and " << sorted[j]);
      // equal numbers are told apart by their bytes alone
      const bool same_number = (i == 5 || i == 6) && (j == 5 || j == 6);
      CHECK(natural_less(sorted[i], sorted[j]) == (same_number ? i != j && i > j : i < j));
    }
  }
}

TEST_CASE("list_folder: natural order without what systems leave behind") {
  const TemporaryFolder folder;
  for (const char* name :
       {"b10.txt", "B9.TXT", ".DS_Store", "._b1.txt", "Thumbs.db", "desktop.ini", "lost+found", "a"}) {
    write_text(folder.file(name), "x");
  }
  std::vector<std::string> names;
  for (const auto& path : list_folder(folder.path())) names.push_back(path.filename().string());
  CHECK(names == std::vector<std::string>{"a", "B9.TXT", "b10.txt"});
  CHECK_THROWS_WITH(list_folder(folder.file("none")),
                    "cannot read " + folder.file("none") + ": No such file or directory");
}
