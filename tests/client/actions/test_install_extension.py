# Tests of the action install_extension.
import unittest

from fake_switch import ActionTest


class InstallExtensionTest(ActionTest):
    action = 'install_extension'

    def setUp(self):
        ActionTest.setUp(self)
        self.write('served/x/a.swix', u'extension')
        self.write('served/x/b.rpm', u'other')

    def test_stores_the_extension_and_enters_it(self):
        self.run_action(url='x/a.swix')
        self.assertEqual(self.read('flash/.extensions/a.swix'), u'extension')
        self.assertEqual(self.read('flash/boot-extensions'), u'a.swix\n')

    def test_force_may_be_a_text(self):
        forms = {u'a.swix force\n': (True, 'true', u'True'), u'a.swix\n': (False, 'false', None)}
        for line in forms:
            for force in forms[line]:
                self.run_action(url='x/a.swix', force=force)
                self.assertEqual(self.read('flash/boot-extensions'), line)

    def test_the_line_is_never_there_twice(self):
        self.write('flash/boot-extensions', u'a.swix.old\nc.swix force\na.swix\nb.rpm\na.swix force')
        self.run_action(url='x/a.swix', force=True)
        self.run_action(url='x/b.rpm')
        self.run_action(url='x/b.rpm')
        self.assertEqual(self.read('flash/boot-extensions').splitlines(),
                         ['a.swix.old', 'c.swix force', 'a.swix force', 'b.rpm'])
        self.assertEqual(self.tree('flash'), ['.extensions/a.swix', '.extensions/b.rpm', 'boot-extensions'])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5, 'x/', 'x/a b.swix', 'x/a%0ab.swix', 'x/%2e%2e'):
            self.fails(['url'], url=bad)
        for bad in ('yes', 1, []):
            self.fails(['force'], url='x/a.swix', force=bad)
        self.assertEqual(self.tree('flash'), [])


if __name__ == '__main__':
    unittest.main()
