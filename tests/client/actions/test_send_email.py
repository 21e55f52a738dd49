# -*- coding: utf-8 -*-
# Tests of the action send_email, against a small SMTP server on a real socket.
import email
import socket
import threading
import unittest
from email.header import decode_header

from fake_switch import ActionTest


class MailServer(object):
    """Takes one mail and notes what it was told; receivers that begin with `no` are refused."""

    def __init__(self, family=socket.AF_INET, address='127.0.0.1', says_goodbye=True):
        self.says_goodbye = says_goodbye
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.bind((address, 0))
        self.socket.listen(1)
        self.port = self.socket.getsockname()[1]
        self.sender, self.receivers, self.lines, self.verbs = None, [], [], []
        self.thread = threading.Thread(target=self.serve)
        self.thread.daemon = True
        self.thread.start()

    def serve(self):
        try:
            connection = self.socket.accept()[0]
        except (OSError, socket.error):
            return
        connection.settimeout(20)
        stream = connection.makefile('rwb' if str is not bytes else 'rb', 0)

        def say(text):
            connection.sendall(text.encode('ascii') + b'\r\n')
        say('220 ready')
        while True:
            line = stream.readline().decode('utf-8').rstrip('\r\n')
            verb = line.split(':')[0].split(' ')[0].upper()
            self.verbs.append(verb)
            if verb == 'MAIL':
                self.sender = line.split('<')[1].split('>')[0]
            if verb == 'RCPT':
                receiver = line.split('<')[1].split('>')[0]
                if receiver.startswith('no'):
                    say('550 unknown')
                    continue
                self.receivers.append(receiver)
            if verb == 'DATA':
                say('354 go on')
                while True:
                    content = stream.readline()
                    if content in (b'.\r\n', b''):
                        break
                    self.lines.append(content[1:] if content.startswith(b'..') else content)
            if verb == 'QUIT' and not self.says_goodbye:
                break
            say('221 bye' if verb == 'QUIT' else '250 fine')
            if verb in ('QUIT', ''):
                break
        stream.close()
        connection.close()

    def mail(self):
        content = b''.join(self.lines)
        return email.message_from_string(content) if str is bytes else email.message_from_bytes(content)

    def close(self):
        self.thread.join(20)
        self.socket.close()


def decoded(header):
    return u''.join(part.decode(charset or 'ascii') if isinstance(part, bytes) else part
                    for part, charset in decode_header(header))


class SendEmailTest(ActionTest):
    action = 'send_email'

    def send(self, **values):
        server = MailServer()
        try:
            self.run_action(smarthost='127.0.0.1:%d' % server.port, **values)
        finally:
            server.close()
        return server

    def parts(self, server):
        """(file name, content) of everything attached to the mail."""
        return [(part.get_filename(), part.get_payload(decode=True))
                for part in server.mail().get_payload()[1:]]

    def test_the_smallest_mail(self):
        server = self.send(sender='ztp@example.com', receivers='ops@example.org')
        mail = server.mail()
        self.assertEqual((server.sender, server.receivers), ('ztp@example.com', ['ops@example.org']))
        self.assertEqual((mail['From'], mail['To'], mail['Subject']),
                         ('ztp@example.com', 'ops@example.org', 'ZTP Bootstrap'))
        self.assertTrue(mail['Date'])
        self.assertEqual(mail.get_payload()[0].get_payload(decode=True), b'')
        self.assertEqual(self.parts(server), [])
        self.assertNotIn('STARTTLS', server.verbs)

    def test_a_server_that_closes_after_it_took_the_mail_has_taken_it(self):
        server = MailServer(says_goodbye=False)
        try:
            self.run_action(smarthost='127.0.0.1:%d' % server.port, sender='ztp@x', receivers='a@x')
        finally:
            server.close()
        self.assertEqual(server.receivers, ['a@x'])
        self.assertTrue(server.lines)

    def test_receivers_are_a_list_or_a_text_split_at_commas_and_blanks(self):
        for receivers in ('a@x,b@x  c@x', 'a@x,\n b@x,,c@x\n', ['a@x', 'b@x', 'c@x'],
                          ['a@x, b@x', ' c@x ', '']):
            server = self.send(sender='ztp@x', receivers=receivers)
            self.assertEqual(server.receivers, ['a@x', 'b@x', 'c@x'])
            self.assertEqual(server.mail()['To'], 'a@x, b@x, c@x')

    def test_from_means_sender(self):
        self.assertEqual(self.send(receivers='a@x', **{'from': 'ztp@x'}).sender, 'ztp@x')

    def test_many_receivers(self):
        receivers = ['receiver%d@department.example.com' % number for number in range(40)]
        server = self.send(sender='ztp@x', receivers=receivers)
        self.assertEqual(server.receivers, receivers)
        self.assertEqual(server.mail()['To'].replace('\r\n', '').replace('\n', '').split(', '), receivers)

    def test_other_scripts_in_every_place(self):
        path = self.write(u'caf\u00e9.txt', u'content')
        server = self.send(sender=u'Z\u00fcrich <ztp@x>', receivers='a@x', subject=u'L\u00e4uft \u4e2d',
                           body=u'\u00fc\n.\n', attachments=[path])
        mail = server.mail()
        self.assertEqual(decoded(mail['Subject']), u'L\u00e4uft \u4e2d')
        self.assertIn(u'Z\u00fcrich', decoded(mail['From']))
        self.assertEqual(server.sender, 'ztp@x')
        self.assertEqual(mail.get_payload()[0].get_payload(decode=True).decode('utf-8'), u'\u00fc\n.\n')
        name = self.parts(server)[0][0]
        self.assertEqual(name.decode('utf-8') if isinstance(name, bytes) else name, u'caf\u00e9.txt')

    def test_a_sender_with_a_name(self):
        server = self.send(sender='"Lab, Zero Touch" <ztp@x>', receivers='a@x')
        self.assertEqual((server.sender, server.mail()['From']), ('ztp@x', '"Lab, Zero Touch" <ztp@x>'))

    def test_no_attribute_adds_a_header(self):
        server = self.send(sender='ztp@x', receivers='a@x', subject='one\r\nBcc: evil@x\n\ntwo\x00')
        self.assertEqual(server.mail()['Subject'], 'one Bcc: evil@x two')
        self.assertIsNone(server.mail()['Bcc'])
        self.fails(['sender'], smarthost='h', sender='ztp@x\nBcc: evil@x', receivers='a@x')
        self.fails(['sender'], smarthost='h', sender='A\r\nBcc: e@x <ztp@x>', receivers='a@x')
        self.fails(['receivers'], smarthost='h', sender='ztp@x', receivers='a@x\x00b')

    def test_attachments_and_a_missing_one_with_a_warning(self):
        content = bytes(bytearray(range(256))) * 10
        path = self.write('a file', content)
        server = self.send(sender='ztp@x', receivers='a@x', attachments=[path, '/not/there', self.folder])
        self.assertEqual(self.parts(server), [('a file', content)])
        self.assertEqual(len(self.warnings()), 2)
        self.assertIn('/not/there', self.warnings()[0])
        self.assertEqual(self.parts(self.send(sender='ztp@x', receivers='a@x', attachments=path)),
                         [('a file', content)])

    def test_the_output_of_each_command_is_attached(self):
        self.node.answers = {'show version': u'vEOS\n', 'show run | grep ^x': u'\u00e9'}
        server = self.send(sender='ztp@x', receivers='a@x',
                           commands=['show version', 'show run | grep ^x', 'show  version'])
        self.assertEqual(self.parts(server), [
            ('show-version.txt', b'vEOS\n'), ('show-run-grep-x.txt', u'\u00e9'.encode('utf-8')),
            ('show-version-2.txt', b'')])
        self.assertTrue(all(text_format for _, text_format in self.node.commands))

    def test_a_refused_command_fails_before_anything_is_sent(self):
        self.node.answers['show x'] = RuntimeError('Invalid input')
        self.fails(['commands', 'show x', 'Invalid input'],
                   smarthost='127.0.0.1:1', sender='a@x', receivers='a@x', commands='show x')

    def test_a_refused_receiver_is_a_warning_unless_all_are(self):
        server = self.send(sender='ztp@x', receivers='a@x no@x')
        self.assertEqual(server.receivers, ['a@x'])
        self.assertIn('no@x', self.warnings()[0])
        with self.assertRaises(RuntimeError):
            self.send(sender='ztp@x', receivers='no@x')

    def test_a_mail_server_that_cannot_be_reached_is_an_error(self):
        closed = socket.socket()
        closed.bind(('127.0.0.1', 0))
        port = closed.getsockname()[1]
        closed.close()
        self.fails(['smarthost', str(port)], smarthost='127.0.0.1:%d' % port, sender='a@x', receivers='a@x')

    def test_the_forms_of_smarthost(self):
        for text, wanted in (('h', ('h', 25)), ('h:2525', ('h', 2525)), ('[::1]:2525', ('::1', 2525)),
                             ('[fe80::1%ma1]', ('fe80::1%ma1', 25)), ('::1', ('::1', 25)),
                             (' 10.0.0.1 ', ('10.0.0.1', 25))):
            self.assertEqual(self.module.server_of({'smarthost': text}), wanted)

    def test_an_error_names_the_attribute(self):
        good = {'smarthost': 'h', 'sender': 'a@x', 'receivers': 'b@x'}
        bad = {'smarthost': (None, '', 5, 'h:0', 'h:70000', 'h:x', 'a b', 'h:', '[::1', 'h\n:25'),
               'sender': (None, '', 5, 'a b', '<>'), 'from': (5, ''),
               'receivers': (None, '', [], [5], 5, {}, ' , ', ['Ops <ops@x>']),
               'subject': (5, []), 'body': (5, {}), 'attachments': (5, [5], {}), 'commands': (5, [None])}
        for name in bad:
            for value in bad[name]:
                values = dict(good, **{name: value})
                if name == 'from':
                    del values['sender']
                self.fails([name], **values)
        self.assertEqual(self.node.commands, [])


if __name__ == '__main__':
    unittest.main()
