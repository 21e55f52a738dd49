# -*- coding: utf-8 -*-
# Tests of the action run_bash_script, with a real shell.
import os
import unittest

from fake_switch import ActionTest


class RunBashScriptTest(ActionTest):
    action = 'run_bash_script'

    def run_script(self, text, **values):
        self.write('served/s', text)
        self.run_action(url='s', **values)

    def test_runs_the_substituted_script(self):
        out = self.folder + '/out'
        self.run_script(u'a=(1 2)\necho "$word ${word} $$HOME $${#a[@]} \u00e9" > $out\n',
                        variables={'word': "it's", 'out': out})
        home = os.environ.get('HOME', '')
        self.assertEqual(self.read('out'), u"it's it's %s 2 \u00e9\n" % home)

    def test_a_script_with_a_first_line_is_run_by_what_it_names(self):
        self.run_script(u'#!/usr/bin/env true\nexit 1\n')
        self.write('served/s', u'#!/bin/bash -e\nfalse\nexit 0\n')
        self.fails(['exit code 1'], url='s')

    def test_a_non_zero_exit_fails_with_code_and_output(self):
        self.write('served/s', u'echo to out\necho to err >&2\nexit 42\n')
        self.fails(['42', 'to out', 'to err', 's:'], url='s')

    def test_output_on_standard_error_is_no_failure(self):
        self.run_script(u'echo warning >&2\n')

    def test_substitution_is_strict(self):
        self.write('served/s', u'touch %s/ran\necho $unknown\n' % self.folder)
        self.fails(['line 2', 'unknown'], url='s')
        self.fails(['line 2', 'unknown'], url='s', variables=None)
        self.assertEqual(self.tree(), ['served/s'])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5):
            self.fails(['url'], url=bad)
        for bad in ('text', [], False):
            self.fails(['variables'], url='s', variables=bad)


if __name__ == '__main__':
    unittest.main()
