# Tests of the action configure_ansible_client.
import unittest

from fake_switch import ActionTest


class ConfigureAnsibleClientTest(ActionTest):
    action = 'configure_ansible_client'

    def test_the_defaults(self):
        self.run_action()
        self.assertEqual(self.node.users, [('ansible', 'eosadmin', 'ansible', '/persist/local/', None)])

    def test_every_attribute(self):
        self.write('served/k.pub', u'ssh-ed25519 AAAA ops\n')
        self.run_action(user='ops', passwd=' s3cret ', group='admins', root='/mnt/drive/', key='k.pub')
        self.assertEqual(self.node.users, [
            ('ops', 'admins', ' s3cret ', '/mnt/drive/', u'ssh-ed25519 AAAA ops\n')])

    def test_an_existing_user_is_no_error_and_no_password_is_logged(self):
        self.node.user_exists = True
        self.run_action(passwd='s3cret')
        self.assertIn('ansible', self.node.log[0][0])
        self.assertNotIn('s3cret', '%s' % self.node.log)

    def test_a_missing_key_creates_no_user(self):
        self.fails(['404'], key='missing.pub')
        self.assertEqual(self.node.users, [])

    def test_an_error_names_the_attribute(self):
        for name in ('user', 'passwd', 'group', 'root', 'key'):
            for bad in ('', ' ', 5, ['x'], True):
                self.fails([name], **{name: bad})
        self.fails(['root'], root='persist/local')


if __name__ == '__main__':
    unittest.main()
