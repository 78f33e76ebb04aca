from xml.etree import ElementTree as ET

from revo_edge.engines.parallel.junit import address, junit_xml
from revo_edge.engines.parallel.shards import Outcome


def test_names_are_those_of_pytest() -> None:
    assert address("a/test_b.py::C::test_d[x::y/z]") == ("a.test_b.C", "test_d[x::y/z]")


def test_hostile_output_is_still_xml() -> None:
    text = "\x00\x1b[31m ]]> <&\ud800 end"
    root = ET.fromstring(  # noqa: S314 - what we wrote a line above
        junit_xml([Outcome('t.py::a"<', "failed", 1.0, text), Outcome("t.py::b", "passed")], 2.0)
    )
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite[0].get("name") == 'a"<'
    assert suite[0][0].text == "#x00#x1B[31m ]]> <&#xD800 end"
