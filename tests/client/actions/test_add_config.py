# -*- coding: utf-8 -*-
# Tests of the action add_config.
import unittest

from fake_switch import ActionTest


class AddConfigTest(ActionTest):
    action = 'add_config'

    def test_appends_the_substituted_template_to_startup_config(self):
        self.write('flash/startup-config', u'hostname old\n')
        self.write('served/t', u'interface $port\n\n   ip address ${address}/24\n')
        self.run_action(url='t', variables={'port': 'Management1', 'address': '10.0.0.1'})
        self.assertEqual(self.read('flash/startup-config'),
                         u'hostname old\ninterface Management1\n\n   ip address 10.0.0.1/24\n')

    def test_loose_is_the_default_and_leaves_unknown_names(self):
        self.write('served/t', u'a $known b $unknown c $ d $$5\n')
        self.run_action(url='t', variables={'known': 7})
        self.assertEqual(self.read('flash/startup-config'), u'a 7 b $unknown c $ d $5\n')

    def test_strict_refuses_unknown_names_and_appends_nothing(self):
        self.write('served/t', u'fine\nbad $unknown\n')
        self.fails(['line 2', 'unknown'], url='t', substitution_mode='strict')
        self.assertEqual(self.tree('flash'), [])

    def test_null_variables_are_none(self):
        self.write('served/t', u'plain')
        self.run_action(url='t', variables=None, substitution_mode='strict')
        self.assertEqual(self.read('flash/startup-config'), u'plain\n')

    def test_variables_must_be_a_mapping(self):
        for bad in ('text', ['a'], 5, False):
            self.fails(['variables'], url='t', variables=bad)
        self.assertEqual(self.node.retrieved, [])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', ' ', 5, ['t']):
            self.fails(['url'], url=bad)
        for bad in ('Strict', '', True, ['loose']):
            self.fails(['substitution_mode'], url='t', substitution_mode=bad)

    def test_takes_windows_line_ends_and_a_byte_order_mark(self):
        self.write('served/t', b'\xef\xbb\xbfa\r\nb\r\n')
        self.run_action(url='t')
        self.assertEqual(self.read('flash/startup-config'), u'a\nb\n')

    def test_takes_utf_8_and_latin_1(self):
        self.write('served/t', u'banner \u00e9 $name')
        self.run_action(url='t', variables={'name': u'\u4e2d'})
        self.write('served/t', b'banner \xe9')
        self.run_action(url='t')
        self.assertEqual(self.read('flash/startup-config'), u'banner \u00e9 \u4e2d\nbanner \u00e9\n')

    def test_an_empty_template_appends_nothing(self):
        self.write('served/t', u'')
        self.run_action(url='t')
        self.assertEqual(self.tree('flash'), [])

    def test_a_failed_download_leaves_no_temporary_file(self):
        self.fails(['404'], url='missing')


if __name__ == '__main__':
    unittest.main()
