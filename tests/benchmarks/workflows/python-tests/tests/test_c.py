import unittest

from src.numbers_c import partitions, primes


class Test(unittest.TestCase):
    def test_primes(self):
        self.assertEqual(primes(20), [2, 3, 5, 7, 11, 13, 17, 19])
        self.assertEqual(len(primes(60000)), 6057)

    def test_partitions(self):
        self.assertEqual(partitions(42, 42), 53174)
